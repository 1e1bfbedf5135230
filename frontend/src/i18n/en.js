// @ts-check
/** Every word of the page in English. A language is a table like this one; index.js knows them all. */

/** @param {number} n @param {string} one @param {string} [many] */
const count = (n, one, many = `${one}s`) => `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;

/** @param {number} n */
const bytes = (n) => (n < 1e6 ? `${Math.ceil(n / 1e3)} kB` : `${(n / 1e6).toFixed(1)} MB`);

export const en = {
  'app.name': 'Kineograph',
  'app.title': /** @param {{ pass: number }} p */ (p) => `Pass ${p.pass} · Kineograph`,
  'app.skip': 'Skip to the graph',

  'run.run': 'Run',
  'run.stop': 'Stop',
  'run.runTip': 'Run the script (Ctrl or Cmd + Enter)',
  'run.stopTip': 'Stop the script',

  'examples.label': 'Examples',
  'examples.none': 'The examples could not be loaded.',
  'examples.again': 'Try again',
  'examples.edited': 'edited',

  'device.label': 'Device',
  'device.cpu': 'CPU',
  'device.gpu': 'GPU',
  'device.unknown': 'The server has not said which devices it has.',
  'device.none': 'No GPU was found on the server.',

  'mode.label': 'How the graph is built',
  'mode.dynamic': 'Dynamic',
  'mode.dynamic.tip': 'Define by run: each pass builds its graph anew',
  'mode.static': 'Static',
  'mode.static.tip': 'Define and run: the first pass of the loop is captured, the later ones replay it',
  'mode.both': 'Both',
  'mode.both.tip': 'Two stages side by side: built anew, and built once',
  'twin.label': 'Static: built once, then replayed',
  'twin.line': /** @param {{ line: number }} p */ (p) => `line ${p.line}`,

  'language.label': 'Language',

  'door.title': 'This server wants its token',
  'door.body': 'Open the link that whoever runs this server gave you, or enter the token from it here.',
  'door.label': 'Token',
  'door.enter': 'Come in',
  'door.wrong': 'That is not the token.',

  'status.idle': 'Ready',
  'status.starting': 'Starting',
  'status.queued': 'Queued',
  'status.place': /** @param {{ before: number }} p */ (p) =>
    p.before === 0 ? 'Next in the queue' : `${p.before} before you in the queue`,
  'status.running': 'Running',
  'status.finished': 'Finished',
  'status.failed': 'Stopped by an error',
  'status.cancelled': 'Stopped by you',
  'status.killed': 'Killed',
  'status.refused': 'Not started',
  'status.connecting': 'Connecting…',
  'status.reconnecting': 'Connection lost. Trying again…',
  'status.offline': 'You are offline. The run goes on without you.',
  'status.reason': /** @param {{ status: string, reason: string }} p */ (p) => `${p.status}: ${p.reason}`,

  'share.copy': 'Copy link',
  'share.open': 'Share',
  'share.title': 'Share this run',
  'share.body': 'Anyone with the link can watch the run from this step on. Only you can change or delete it.',
  'share.tip': 'Share this run: as a link, in another page, as a file',
  'share.none': 'Run the script first, then share it.',
  'share.done': 'Link copied',

  'embed.open': 'Open in Kineograph',
  'embed.title': 'A run in Kineograph',
  'embed.copy': 'Copy embed code',
  'embed.done': 'Embed code copied',
  'embed.note':
    'The embed code shows the run in a frame of another page. It can be watched there, but nothing can be run.',

  'export.title': 'Save as a file',
  'export.png': 'picture of what is in view',
  'export.svg': 'drawing of the whole pass, sharp at any size',
  'export.json': 'everything that the run told',
  'export.html': 'a page that replays the run with no server',
  'replay.detached':
    'This file replays the run without a server: only the numbers that were saved with it are here.',
  'export.done': /** @param {{ kind: string, size: number }} p */ (p) => `${p.kind} saved, ${bytes(p.size)}`,
  'export.failed': 'It could not be saved.',

  'theme.label': 'Colours',
  'theme.system': 'As the system',
  'theme.light': 'Light',
  'theme.dark': 'Dark',

  'help.open': 'Keyboard shortcuts',
  'help.close': 'Close',
  'help.title': 'Keyboard shortcuts',
  'help.docs': 'REST API',

  'panel.code': 'Code',
  'panel.graph': 'Graph',
  'panel.inspect': 'Inspector',
  'panel.output': 'Output',
  'panel.chart': 'Loss',
  'panel.tabs': 'Panels',

  'code.label': 'PyTorch script',
  'code.stale': 'Edited since this run. Run again to see the change.',
  'code.revert': 'Show the code that ran',
  'code.open': 'Open a file',
  'code.save': 'Save as a file',
  'code.hint': 'Tab indents. Press Escape, then Tab, to leave the editor.',

  'graph.label': 'Computational graph. The outline beside it says the same in words.',
  'graph.empty.body':
    'Each line of the script draws its node here as it runs. Then gradients flow back over the same nodes.',
  'graph.waiting': 'Waiting for the first op…',
  'graph.noops.title': 'No graph',
  'graph.noops.body':
    'The script ran no tensor operation, so there is nothing to draw. What it printed is in Output.',
  'graph.zoomIn': 'Zoom in',
  'graph.zoomOut': 'Zoom out',
  'graph.fit': 'Fit the graph',
  'graph.outline': 'Outline',
  'graph.png': 'Save as PNG',
  'graph.pass': /** @param {{ n: number }} p */ (p) => `Pass ${p.n}`,
  'graph.kind.setup': 'set-up',
  'graph.kind.train': 'training',
  'graph.kind.inference': 'inference',
  'graph.kind.partial': 'unfinished',
  'graph.legend': 'Legend',
  'legend.op': 'op, forward',
  'legend.grad': 'gradient, backward',
  'legend.param': 'parameter',
  'legend.input': 'input',
  'legend.buffer': 'buffer',
  'legend.const': 'constant',
  'legend.nograd': 'no gradient',
  'legend.bad': 'NaN or infinity',

  'outline.label': 'Outline of the pass',
  'outline.empty': 'No ops yet.',
  'outline.more': /** @param {{ n: number }} p */ (p) => `and ${count(p.n, 'more op')}`,

  'transport.label': 'Playback',
  'transport.play': 'Play',
  'transport.pause': 'Pause',
  'transport.back': 'Step back',
  'transport.forward': 'Step forward',
  'transport.previousPass': 'Previous pass',
  'transport.nextPass': 'Next pass',
  'transport.end': 'To the end',
  'transport.follow': 'Live',
  'transport.followTip': 'Stay at the newest step while the script runs',
  'transport.speed': 'Speed',
  'transport.speed.auto': 'auto speed',
  'transport.speed.steps': /** @param {{ n: number }} p */ (p) => `${p.n}/s`,
  'transport.speed.instant': 'instant',
  'scrubber.label': 'Time',
  'scrubber.value': /** @param {{ at: number, of: number, what: string }} p */ (p) =>
    `event ${p.at} of ${p.of}${p.what ? `: ${p.what}` : ''}`,
  'scrubber.empty': 'Nothing has run yet',

  'passes.label': 'Passes',
  'passes.empty': 'Every forward pass becomes a page here.',
  'passes.tile': /** @param {{ n: number, kind: string, ops: number, loss: string, note: string }} p */ (p) =>
    [`Pass ${p.n}`, p.kind, count(p.ops, 'op'), p.loss && `loss ${p.loss}`, p.note]
      .filter(Boolean)
      .join(', '),
  'passes.ops': /** @param {{ n: number }} p */ (p) => count(p.n, 'op'),
  'passes.same': /** @param {{ n: number }} p */ (p) => `same graph as pass ${p.n}`,
  'passes.sameShort': /** @param {{ n: number }} p */ (p) => `= ${p.n}`,
  'passes.changed': /** @param {{ added: number, gone: number }} p */ (p) =>
    `graph changed: ${p.added} new, ${p.gone} gone`,
  'passes.new': 'new graph',
  'passes.bad': 'NaN or infinity',
  'passes.error': 'error',
  'passes.growing': 'being drawn',

  'inspect.empty.title': 'Nothing selected',
  'inspect.empty.body': 'Pick a node in the graph, or a line of the code, to see its numbers.',
  'inspect.notYet': 'Not computed yet at this step.',
  'inspect.line': /** @param {{ line: number }} p */ (p) => `line ${p.line}`,
  'inspect.showLine': /** @param {{ line: number }} p */ (p) => `Show line ${p.line} in the code`,
  'inspect.value': 'Value',
  'inspect.gradient': 'Gradient',
  'inspect.noGradient': 'Not computed, which is not the same as zero.',
  'inspect.accumulated': 'Added to the gradient that was there before.',
  'inspect.formula': 'Formula',
  'inspect.rules': 'Derivative rules',
  'inspect.noFormula': 'No formula is written down for this op.',
  'inspect.chain': 'Chain rule, with these numbers',
  'inspect.chain.upstream': 'came in from above',
  'inspect.chain.above': 'is the gradient above',
  'inspect.chain.downstream': /** @param {{ to: string }} p */ (p) => `sent back to ${p.to}`,
  'inspect.chain.none': 'No backward has passed through this op yet.',
  'inspect.chain.summed': /** @param {{ from: string, to: string }} p */ (p) =>
    `summed from ${p.from} to ${p.to}, since the input was broadcast`,
  'inspect.chain.sum': 'The gradient is the sum of these',
  'inspect.inputs': 'Inputs',
  'inspect.usedBy': 'Used by',
  'inspect.usedBy.none': 'Nothing reads it.',
  'inspect.facts': 'Details',
  'inspect.shape': 'Shape',
  'inspect.dtype': 'Type',
  'inspect.device': 'Device',
  'inspect.version': 'Version',
  'inspect.version.note': /** @param {{ n: number }} p */ (p) =>
    p.n === 0 ? 'never written in place' : `written in place ${count(p.n, 'time')}`,
  'inspect.requiresGrad': 'Requires gradient',
  'inspect.yes': 'yes',
  'inspect.no': 'no',
  'inspect.viewOf': 'Shares memory with',
  'inspect.keeps': 'Keeps for backward',
  'inspect.keeps.none': 'nothing',
  'inspect.time': 'Time',
  'inspect.scope': 'Inside',
  'inspect.attrs': 'Arguments',
  'inspect.phase': 'Phase',
  'inspect.phase.forward': 'forward',
  'inspect.phase.backward': 'double backward',
  'inspect.phase.update': 'optimizer update',
  'inspect.kind.parameter': 'parameter',
  'inspect.kind.buffer': 'buffer',
  'inspect.kind.input': 'input',
  'inspect.kind.constant': 'constant',
  'inspect.kind.detached': 'detached',
  'inspect.kind.intermediate': 'intermediate',

  'value.elements': /** @param {{ n: number }} p */ (p) => count(p.n, 'element'),
  'value.min': 'min',
  'value.max': 'max',
  'value.mean': 'mean',
  'value.std': 'std',
  'value.norm': 'norm',
  'value.nan': 'NaN',
  'value.inf': 'infinite',
  'value.zero': 'zero',
  'value.histogram': 'Distribution',
  'value.histogramLabel': /** @param {{ min: string, max: string }} p */ (p) =>
    `Histogram from ${p.min} to ${p.max}`,
  'value.fetch': 'Show the numbers',
  'value.fetching': 'Fetching…',
  'value.notKept': 'Too large to keep; the summary is all there is.',
  'value.part': /** @param {{ part: string }} p */ (p) => `Showing ${p.part}`,
  'value.failed': /** @param {{ reason: string }} p */ (p) => `The numbers could not be fetched: ${p.reason}`,
  'value.heatLabel': /** @param {{ shape: string }} p */ (p) => `Table of ${p.shape} numbers`,

  'output.empty': 'What the script prints shows here.',
  'output.label': 'What the script printed',
  'output.stderr': 'error output',
  'output.omitted': /** @param {{ n: number, what: string, reason: string }} p */ (p) =>
    `Left out: ${p.n.toLocaleString('en-US')} ${p.what} (${p.reason}).`,

  'chart.empty': 'The number that backward starts from is drawn here, pass by pass.',
  'chart.label': /** @param {{ n: number, first: string, last: string }} p */ (p) =>
    `Loss over ${count(p.n, 'pass', 'passes')}, from ${p.first} to ${p.last}`,

  'error.title': /** @param {{ exception: string }} p */ (p) => p.exception,
  'error.atLine': /** @param {{ line: number }} p */ (p) => `line ${p.line}`,
  'error.goto': /** @param {{ line: number }} p */ (p) => `Go to line ${p.line}`,
  'error.hint': 'Try this',
  'error.traceback': 'How it got there',
  'error.frame': /** @param {{ line: number, function: string }} p */ (p) =>
    `line ${p.line} in ${p.function}`,
  'error.shapes': 'The op that failed',
  'error.scalar': 'number',
  'error.killed.title': 'The run was killed',
  'error.cancelled.title': 'You stopped the run',
  'error.refused.title': 'The run was not started',
  'error.missing.title': 'This run is not here',
  'error.missing.body':
    'The link may be mistyped, or the run was deleted. Your own script is still in the editor.',
  'error.partial': 'What ran before it stays in the graph.',

  'narrate.op': /** @param {{ name: string, shape: string, value: string, line: number | null }} p */ (p) =>
    `${p.name} made ${p.shape}${p.value ? ` ${p.value}` : ''}${p.line ? `, line ${p.line}` : ''}`,
  'narrate.vjp': /** @param {{ name: string }} p */ (p) => `gradient passed back through ${p.name}`,
  'narrate.grad': /** @param {{ name: string, value: string }} p */ (p) =>
    `gradient of ${p.name} is ${p.value}`,
  'narrate.backward': /** @param {{ value: string }} p */ (p) =>
    `backward starts${p.value ? ` from ${p.value}` : ''}`,
  'narrate.backwardEnd': 'backward is through',
  'narrate.pass': /** @param {{ n: number }} p */ (p) => `pass ${p.n} begins`,
  'narrate.branch': /** @param {{ test: string, taken: string }} p */ (p) => `branch ${p.test}: ${p.taken}`,
  'narrate.output': /** @param {{ text: string }} p */ (p) => `printed ${p.text}`,
  'narrate.error': /** @param {{ message: string }} p */ (p) => `error: ${p.message}`,
  'narrate.end': /** @param {{ status: string }} p */ (p) => `run ${p.status}`,

  'tour.welcome.title': 'New here?',
  'tour.welcome.says': 'Two minutes show you around. You can try everything on the way.',
  'tour.start': 'Show me',
  'tour.skip': 'Not now',
  'tour.leave': 'Leave the tour',
  'tour.back': 'Back',
  'tour.next': 'Next',
  'tour.done': 'Done',
  'tour.code.title': 'Plain PyTorch',
  'tour.code.says':
    'Write or paste a script here. Every line that computes something will draw its node. This one trains a small model; leave it as it is for now.',
  'tour.run.title': 'Press Run',
  'tour.run.says':
    'The script runs on the server, behind walls, line by line. Press Run now, or Next does it for you.',
  'tour.graph.title': 'The graph grows',
  'tour.graph.says':
    'Blue is forward: each op appears as it runs, with its shape and value. Orange is backward: gradients flow back over the same nodes, ∂ and their numbers in the lower part of each box.',
  'tour.time.title': 'Time is yours',
  'tour.time.says':
    'Space plays and pauses, ← and → step one op, Shift with them turns a whole pass. Or drag the bar. Each tile is one pass, like a page of a flip book.',
  'tour.inspect.title': 'Ask any node',
  'tour.inspect.says':
    'Click a node in the graph: here stand its value, its gradient, its formula, and the chain rule with the numbers of this run.',
  'tour.examples.title': 'More to watch',
  'tour.examples.says':
    'A recurrent net unrolled, attention, a GAN, a vanishing gradient, a NaN: each example shows one thing. What you write yourself is kept in this browser.',
  'tour.end.title': 'When you need it',
  'tour.end.says':
    'Share gives a link to the very step on show. The ? lists every key. Alarms, beside the inspector, says when something is wrong and what to try.',
  'tour.step': /** @param {{ n: number, of: number }} p */ (p) => `${p.n} of ${p.of}`,

  'predict.label': 'Predict the gradient',
  'predict.value': /** @param {{ name: string }} p */ (p) => `What will the gradient of ${p.name} be?`,
  'predict.norm': /** @param {{ name: string }} p */ (p) =>
    `How large will the gradient of ${p.name} be? (its norm)`,
  'predict.guess': 'The guess',
  'predict.reveal': 'Reveal',
  'predict.right': /** @param {{ guess: string }} p */ (p) => `${p.guess}: right.`,
  'predict.other': /** @param {{ guess: string }} p */ (p) => `The guess was ${p.guess}.`,
  'present.start': 'Present',
  'keys.present': 'Present: large type, and a question before each gradient',
  'keys.clickBack': 'Previous pass; while presenting, a step back',
  'keys.clickOn': 'Next pass; while presenting, a step on',

  'split.label': 'Resize',

  'keys.group.run': 'Run',
  'keys.group.time': 'Time',
  'keys.group.view': 'View',
  'keys.run': 'Run the script, or stop it',
  'keys.toggle': 'Play or pause',
  'keys.back': 'Step back',
  'keys.forward': 'Step forward',
  'keys.previousPass': 'Previous pass',
  'keys.nextPass': 'Next pass',
  'keys.start': 'To the start',
  'keys.end': 'To the end, live',
  'keys.slower': 'Slower',
  'keys.faster': 'Faster',
  'keys.fit': 'Fit the graph',
  'keys.zoomIn': 'Zoom in',
  'keys.zoomOut': 'Zoom out',
  'keys.outline': 'Show or hide the outline',
  'keys.code': 'Go to the code',
  'keys.clear': 'Clear the selection',
  'keys.group.share': 'Share',
  'keys.copyLink': 'Copy a link to this step',
  'keys.share': 'Share, embed, save as a file',
  'keys.tour': 'Take the tour',
  'keys.help': 'Show these shortcuts',

  'panel.alarms': 'Alarms',
  'alarms.none.title': 'No alarms',
  'alarms.none.body':
    'NaN, vanishing gradients, silent broadcasts, dead units and their like are watched for, and would be listed here.',
  'alarms.count': /** @param {{ n: number }} p */ (p) => count(p.n, 'alarm'),
  'alarms.later': 'further on',
  'alarms.passes': /** @param {{ n: number, first: number }} p */ (p) =>
    p.n > 1 ? `in ${p.n} passes, first in pass ${p.first}` : `in pass ${p.first}`,
  'alarms.show': 'Show it',
  'alarms.try': 'Try',
  'alarms.flow': 'Gradients of this pass, largest first',
  'alarms.flow.note': 'Root mean square, on a scale of powers of ten.',
  'alarms.heat': 'Colour the graph by gradient',
  'alarm.level.error': 'error',
  'alarm.level.warning': 'warning',

  'alarm.nonfinite.nan': /** @param {{ name: string }} p */ (p) => `First NaN: ${p.name}`,
  'alarm.nonfinite.inf': /** @param {{ name: string }} p */ (p) => `First infinity: ${p.name}`,
  'alarm.nonfinite.leaf': /** @param {{ name: string }} p */ (p) => `${p.name} came with NaN in it`,
  'alarm.nonfinite.says': /** @param {{ name: string, bad: string, of: number, given: string }} p */ (p) =>
    `Of the ${count(p.of, 'number')} that ${p.name} made, ${p.bad}, though all that it read was fit to use${p.given ? `. There, ${p.given}` : ''}.`,
  'alarm.nonfinite.leafSays': /** @param {{ bad: string, of: number }} p */ (p) =>
    `Of its ${count(p.of, 'number')}, ${p.bad} before any op has run.`,
  'alarm.bad.nan': /** @param {{ n: number }} p */ (p) => `${p.n} ${p.n === 1 ? 'is' : 'are'} NaN`,
  'alarm.bad.inf': /** @param {{ n: number }} p */ (p) => `${p.n} ${p.n === 1 ? 'is' : 'are'} infinite`,
  'alarm.bad.and': ' and ',
  'alarm.given.value': /** @param {{ name: string, value: string }} p */ (p) => `${p.name} = ${p.value}`,
  'alarm.given.range': /** @param {{ name: string, min: string, max: string }} p */ (p) =>
    `${p.name} from ${p.min} to ${p.max}`,
  'alarm.nonfiniteGrad.nan': /** @param {{ name: string }} p */ (p) => `First NaN on the way back: ${p.name}`,
  'alarm.nonfiniteGrad.inf': /** @param {{ name: string }} p */ (p) =>
    `First infinity on the way back: ${p.name}`,
  'alarm.nonfiniteGrad.says':
    /** @param {{ name: string, bad: string, of: number, to: string, given: string }} p */ (p) =>
      `What came back into ${p.name} was finite. Of the ${count(p.of, 'number')} that it sent on to ${p.to}, ${p.bad}${p.given ? ` (${p.given})` : ''}.`,
  'alarm.nonfiniteGrad.forward':
    'Its own result was not finite already, so this follows from the first NaN or infinity of the forward pass: begin there.',
  'alarm.remedy.log':
    'log needs numbers above 0: torch.log(x.clamp(min=1e-8)). For probabilities, use log_softmax or a loss “with logits”.',
  'alarm.remedy.sqrt':
    'sqrt needs numbers that are not negative, and has an infinite slope at 0: torch.sqrt(x.clamp(min=0) + 1e-8).',
  'alarm.remedy.div': 'Something was divided by 0: add a small number to the divisor, a / (b + 1e-8).',
  'alarm.remedy.exp':
    'exp overflows past 88 in float32: subtract the largest element first, or use softmax or logsumexp.',
  'alarm.remedy.pow':
    'A negative number to a power that is no whole number, or 0 to a negative one: clamp the base first.',
  'alarm.remedy.norm': 'A norm has no slope at 0: add a small number under its root.',
  'alarm.remedy.mul': '0 × infinity is not a number: the infinity is what to mend.',
  'alarm.remedy.sub': 'infinity − infinity is not a number: the infinity is what to mend.',
  'alarm.remedy.softmax':
    'A row in which everything is masked has nothing left to choose: leave one element unmasked.',
  'alarm.remedy.step': 'The update itself overflowed: lower the learning rate, or clip the gradients.',
  'alarm.remedy.arc':
    'acos and asin take numbers from −1 to 1, with infinite slopes at the ends: clamp inside.',
  'alarm.remedy.any':
    'Look at the numbers that it read: which of them is at the edge of what the op can take?',
  'alarm.remedy.where':
    'where() throws the bad result away but not its gradient, for 0 × infinity is NaN: make the input safe first, f(torch.where(ok, x, 1.0)).',
  'alarm.remedy.data': 'Clean the data first: torch.nan_to_num(x), or drop rows where torch.isnan(x).any(1).',

  'alarm.broadcast.title': 'Silent broadcast',
  'alarm.broadcast.loss': 'Silent broadcast inside a loss',
  'alarm.broadcast.says':
    /** @param {{ a: string, aShape: string, b: string, bShape: string, shape: string }} p */ (p) =>
      `${p.a} ${p.aShape} and ${p.b} ${p.bShape} were both stretched, to ${p.shape}: every element met every other.`,
  'alarm.broadcast.lossSays':
    'The loss is then a mean over pairs that do not belong together, and the fit is wrong.',
  'alarm.broadcast.squeeze': /** @param {{ a: string }} p */ (p) =>
    `Give both the same shape: ${p.a}.squeeze(-1) where the last axis is 1.`,
  'alarm.broadcast.meant': 'If every pair is what you want, say so: a[:, None] against b[None, :].',

  'alarm.vanishing.title': 'Vanishing gradient',
  'alarm.vanishing.says':
    /** @param {{ name: string, rms: string, top: string, topRms: string, ratio: string, count: number, of: number }} p */ (
      p,
    ) =>
      `${p.name} gets ${p.rms} while ${p.top} gets ${p.topRms}: ${p.ratio} of it. ${p.count} of ${p.of} weights get less than a ten-thousandth.`,
  'alarm.vanishing.squashed': /** @param {{ n: number }} p */ (p) =>
    `${count(p.n, 'sigmoid or tanh', 'sigmoids and tanhs')} on the way, each passing on a part only: use ReLU or GELU, a path around each layer (x + f(x)), or a normalisation.`,
  'alarm.vanishing.try': 'Try a path around each layer (x + f(x)), a normalisation, or larger first weights.',
  'alarm.exploding.title': 'Exploding gradient',
  'alarm.exploding.says': /** @param {{ name: string, norm: string, before: string }} p */ (p) =>
    `The gradient of ${p.name} has norm ${p.norm}${p.before ? `, after ${p.before} the pass before` : ''}.`,
  'alarm.exploding.try':
    'Lower the learning rate, clip with torch.nn.utils.clip_grad_norm_(parameters, 1.0), or scale the first weights or the loss down.',

  'alarm.dead.title': /** @param {{ name: string }} p */ (p) => `Dead units: ${p.name}`,
  'alarm.dead.says': /** @param {{ name: string, share: string, of: number }} p */ (p) =>
    `${p.share} of the ${count(p.of, 'number')} that ${p.name} made are exactly 0, and no gradient passes where it is 0.`,
  'alarm.dead.try':
    'Lower the learning rate, begin with smaller or less negative biases, or use leaky_relu or gelu, which never close.',
  'alarm.saturated.title': /** @param {{ name: string }} p */ (p) => `Saturated: ${p.name}`,
  'alarm.saturated.says': /** @param {{ name: string, share: string, of: number, input: string }} p */ (p) =>
    `${p.share} of the ${count(p.of, 'number')} that ${p.name} made are at its flat ends, where hardly any gradient passes.`,
  'alarm.saturated.try':
    'Make its input smaller: smaller first weights, a normalisation before it, or a lower learning rate.',

  'alarm.unused.title': /** @param {{ name: string }} p */ (p) => `No gradient for ${p.name}`,
  'alarm.unused.read':
    'It is read, but no way leads from there to what was differentiated: a detach, a no_grad, or a result that is dropped.',
  'alarm.unused.unread': 'No op ever reads it: it is made and not used.',
  'alarm.unused.try':
    'Use it in forward, or remove it. An optimizer that holds it moves it by weight decay alone.',
  'alarm.piled.title': 'Gradients are never zeroed',
  'alarm.piled.says': /** @param {{ name: string, count: number }} p */ (p) =>
    `This step used a gradient of ${p.name}${p.count > 1 ? ` (and of ${count(p.count - 1, 'more parameter')})` : ''} that still holds the one of an earlier step: each step goes along the sum of all so far.`,
  'alarm.piled.try': 'Call optimizer.zero_grad() before each backward(), or set .grad = None.',

  'alarm.transfers.title': 'Transfers in a loop',
  'alarm.transfers.says': /** @param {{ name: string, n: number, from: string, to: string }} p */ (p) =>
    `${p.name} went from ${p.from} to ${p.to} ${count(p.n, 'time')} in one pass, from one line.`,
  'alarm.transfers.try': 'Put the parts together first (torch.stack, torch.cat) and move them once.',
  'alarm.transferAgain.title': 'The same tensor is moved again and again',
  'alarm.transferAgain.says': /** @param {{ name: string, n: number, from: string, to: string }} p */ (p) =>
    `${p.name} never changes, and went from ${p.from} to ${p.to} ${count(p.n, 'time')}.`,
  'alarm.transferAgain.try': 'Move it once, before the loop.',
  'alarm.waits.title': 'The GPU waits for Python',
  'alarm.waits.says': /** @param {{ n: number }} p */ (p) =>
    `Python looked at a number on the GPU ${count(p.n, 'time')} in one pass; each look waits until the GPU is done.`,
  'alarm.waits.try': 'Keep the numbers as tensors, and call .item() once, after the loop.',

  'alarm.shape.title': /** @param {{ name: string }} p */ (p) => `The shapes do not fit: ${p.name}`,
  'alarm.shape.says': 'The dimensions in red had to be equal.',
  'alarm.shape.from': /** @param {{ name: string, shape: string, where: string }} p */ (p) =>
    `${p.name} ${p.shape}${p.where ? `, made by ${p.where}` : ''}`,
  'alarm.shape.transposeSecond': /** @param {{ a: string, b: string }} p */ (p) => `${p.a} @ ${p.b}.T`,
  'alarm.shape.transposeFirst': /** @param {{ a: string, b: string }} p */ (p) => `${p.a}.T @ ${p.b}`,
  'alarm.shape.swapEnds': /** @param {{ a: string, b: string }} p */ (p) =>
    `the other way round: ${p.b} @ ${p.a}`,
  'alarm.shape.unsqueezeFirst': /** @param {{ a: string }} p */ (p) => `${p.a}.unsqueeze(-1)`,
  'alarm.shape.unsqueezeSecond': /** @param {{ b: string }} p */ (p) => `${p.b}.unsqueeze(-1)`,
  'alarm.shape.linearIn': /** @param {{ n: number, out: number }} p */ (p) =>
    `a layer that takes ${p.n} features: nn.Linear(${p.n}, ${p.out})`,
  'alarm.shape.reshape': /** @param {{ a: string, shape: string }} p */ (p) => `${p.a}.reshape${p.shape}`,
  'alarm.shape.any': 'Follow each operand back to where its shape was made.',
  'alarm.inplace.title': 'Changed after it was saved',
  'alarm.inplace.says':
    /** @param {{ by: string, line: number | null, name: string, saved: number, now: number, writer: string, writtenAt: number | null }} p */ (
      p,
    ) =>
      `${p.by}${p.line ? ` on line ${p.line}` : ''} saved ${p.name} at version ${p.saved} for its gradient${p.writer ? `; ${p.writer} on line ${p.writtenAt} wrote into it` : ''}, and it is at version ${p.now} now.`,
  'alarm.inplace.try': /** @param {{ name: string }} p */ (p) =>
    `Make a new tensor instead of writing into this one (${p.name} = ${p.name} + 1, not ${p.name} += 1), or clone() it first.`,
  'alarm.freed.title': 'The graph was given up already',
  'alarm.freed.says': /** @param {{ name: string, madeAt: number | null, freedAt: number | null }} p */ (p) =>
    `What ${p.name}${p.madeAt ? ` (line ${p.madeAt})` : ''} had saved was given up by the backward${p.freedAt ? ` on line ${p.freedAt}` : ''}; this one needs it again.`,
  'alarm.freed.try':
    'Run the forward again before the second backward. If both are to share it: backward(retain_graph=True) the first time. A hidden state carried over wants detach().',

  'lineup.clash': 'red: these had to be equal',
  'lineup.stretched': 'dashed: stretched (broadcast)',
  'lineup.folded': 'double: folded away (summed over)',
  'lineup.same': 'equal',
  'lineup.missing': 'added on the left, then stretched',
  'lineup.free': 'stays',
  'lineup.scalar': 'The result is one number.',

  'why.ask.gradNone': /** @param {{ of: string }} p */ (p) => `Why has ${p.of} no gradient?`,
  'why.ask.gradZero': /** @param {{ of: string }} p */ (p) => `Why is the gradient of ${p.of} zero?`,
  'why.ask.gradPart': /** @param {{ of: string, share: string }} p */ (p) =>
    `Why is ${p.share} of the gradient zero?`,
  'why.ask.gradBad': /** @param {{ of: string }} p */ (p) => `Why is the gradient of ${p.of} not a number?`,
  'why.ask.pythonNone': /** @param {{ of: string }} p */ (p) =>
    `Why does Python say that ${p.of}.grad is None?`,
  'why.ask.valueNone': /** @param {{ of: string }} p */ (p) => `Why is ${p.of} not there?`,
  'why.ask.valueZero': /** @param {{ of: string }} p */ (p) => `Why is ${p.of} zero?`,
  'why.ask.valueBad': /** @param {{ of: string }} p */ (p) => `Why is ${p.of} not a number?`,
  'why.ask.valueSummary': /** @param {{ of: string }} p */ (p) => `Why are not all numbers of ${p.of} there?`,
  'why.showMe': 'Show where',
  'why.line': /** @param {{ line: number }} p */ (p) => ` (line ${p.line})`,
  'why.further': 'Further on the way back: ',

  'why.notFloat': /** @param {{ dtype: string }} p */ (p) =>
    `It holds ${p.dtype} numbers. A gradient needs numbers that can change a little: float, or complex.`,
  'why.isGradient': 'It is itself a gradient; gradients of gradients are kept with create_graph=True only.',
  'why.detached': /** @param {{ of: string }} p */ (p) =>
    `It was detached from ${p.of}: the same numbers, cut off from the graph.`,
  'why.buffer': 'It is a buffer of a module: kept and saved with it, but not learned.',
  'why.data': 'It is data: no requires_grad=True was asked for, so nothing is computed for it.',
  'why.noGrad': /** @param {{ name: string, line: string }} p */ (p) =>
    `${p.name}${p.line} ran under torch.no_grad(), so it was not written down for backward.`,
  'why.cutBefore.detach': /** @param {{ name: string }} p */ (p) =>
    `It was made from a detached ${p.name}: the way back is cut there.`,
  'why.cutBefore.noGrad': /** @param {{ name: string, line: string }} p */ (p) =>
    `It was made from the result of ${p.name}${p.line}, which ran under torch.no_grad(): the way back is cut there.`,
  'why.fromData': 'It was made from data only; nothing that it was made from requires a gradient.',
  'why.notRead': /** @param {{ pass: number }} p */ (p) => `Pass ${p.pass} does not read it.`,
  'why.cleared':
    'There was one, and it was cleared (zero_grad(), or .grad = None). No backward has come since.',
  'why.neverBackward': 'No backward() was called on this pass.',
  'why.neverBackward.failed': 'The script stopped with an error before any backward().',
  'why.notYet': 'Backward has not begun at this step.',
  'why.unread': 'Nothing reads it, so it has no effect on what was differentiated.',
  'why.cutAfter.detach': /** @param {{ name: string }} p */ (p) =>
    `It is used, but ${p.name} was detached before it could reach what was differentiated.`,
  'why.cutAfter.item': /** @param {{ name: string, line: string }} p */ (p) =>
    `Python took the number out of ${p.name}${p.line}, with .item() or float(): a Python number has no way back.`,
  'why.cutAfter.notFloat': /** @param {{ name: string, line: string }} p */ (p) =>
    `It goes into ${p.name}${p.line}, whose result is not a float: no gradient passes through it.`,
  'why.cutAfter.noGrad': /** @param {{ name: string, line: string }} p */ (p) =>
    `It goes into ${p.name}${p.line}, which ran under torch.no_grad().`,
  'why.dropped': /** @param {{ root: string }} p */ (p) =>
    `It is used, but no way leads from there to ${p.root}, where backward began: the result is dropped.`,
  'why.failed': 'Backward stopped with an error before it came here.',
  'why.underway': 'Backward is on its way and has not come here yet.',
  'why.returned': 'autograd.grad() returned the gradients to the script, and wrote no .grad.',
  'why.omitted': /** @param {{ reason: string }} p */ (p) => `It was not told: ${p.reason}.`,
  'why.notWanted': 'Backward was asked for other tensors only (inputs=…).',

  'why.seedZero': 'What backward began with was zero already.',
  'why.cancelled': /** @param {{ names: string, count: number }} p */ (p) =>
    `Its ${p.count} shares (from ${p.names}) are not zero, but their sum is.`,
  'why.rectified': /** @param {{ name: string, line: string, to: string }} p */ (p) =>
    `where ${p.to} is not above 0, ${p.name}${p.line} is flat: the unit is off, and passes nothing back.`,
  'why.clamped': /** @param {{ name: string, line: string, to: string }} p */ (p) =>
    `where ${p.to} is outside the limits of ${p.name}${p.line}, the result does not change with it.`,
  'why.masked': /** @param {{ name: string, line: string }} p */ (p) =>
    `${p.name}${p.line} put something else in its place there: what is masked has no effect.`,
  'why.notChosen': /** @param {{ name: string, line: string }} p */ (p) =>
    `${p.name}${p.line} chose other elements; those that were not chosen have no effect.`,
  'why.notPicked': /** @param {{ name: string, line: string }} p */ (p) =>
    `${p.name}${p.line} took other elements out of it; the rest has no effect.`,
  'why.steps': /** @param {{ name: string, line: string }} p */ (p) =>
    `${p.name}${p.line} is a staircase: flat everywhere but at its steps.`,
  'why.factor': /** @param {{ name: string, line: string, other: string }} p */ (p) =>
    `${p.name}${p.line} multiplied it by ${p.other}, which is all zero.`,
  'why.flatEnd': /** @param {{ name: string, line: string }} p */ (p) =>
    `${p.name}${p.line} is at its flat end, so far out that its slope rounds to 0.`,
  'why.slope': /** @param {{ name: string, line: string }} p */ (p) =>
    `the slope of ${p.name}${p.line} is 0 just at this value: a lowest, highest or level point.`,
  'why.localZero': /** @param {{ name: string, line: string }} p */ (p) =>
    `something came back into ${p.name}${p.line}, and its slope was 0.`,

  'why.gradBadFrom': /** @param {{ name: string, line: string }} p */ (p) =>
    `The first one on the way back was sent by ${p.name}${p.line}; from there it spread.`,
  'why.gradBadSomewhere': 'It came with one of its shares.',
  'why.notRetained':
    'It is no leaf. The gradient passed through (it is shown above), but Python keeps .grad for leaves only: call retain_grad() before backward.',
  'why.later': /** @param {{ name: string, line: string }} p */ (p) =>
    `${p.name}${p.line}, which makes it, has not run at this step.`,
  'why.laterLeaf': 'Nothing has read it at this step.',
  'why.valueLeaf': 'It was made so, before any op ran.',
  'why.valueRectified': /** @param {{ name: string, line: string }} p */ (p) =>
    `Nothing that went into ${p.name}${p.line} was above 0.`,
  'why.valueFactor': /** @param {{ name: string, line: string, other: string }} p */ (p) =>
    `${p.name}${p.line} multiplied by ${p.other}, which is all zero.`,
  'why.valueOp': /** @param {{ name: string, line: string }} p */ (p) =>
    `That is what ${p.name}${p.line} made of its inputs.`,
  'why.valueBadLeaf': 'It came so, before any op ran.',
  'why.valueBadFrom': /** @param {{ name: string, line: string }} p */ (p) =>
    `${p.name}${p.line} made the first one.`,
  'why.tooLarge':
    'It was too large to keep, or the run had kept as much as it may; the summary is all there is.',

  'elements.follow': 'Follow one element',
  'elements.index': 'element',
  'elements.product': 'upstream × slope',
  'elements.sent': 'sent back',
  'elements.choose': 'Which element',
  'elements.element': 'element',
  'elements.dim': /** @param {{ d: number }} p */ (p) => `Index in dimension ${p.d}`,
  'elements.term': /** @param {{ at: string }} p */ (p) =>
    `what came in at [${p.at}] × the slope of the result there`,
  'elements.more': /** @param {{ n: number }} p */ (p) => `+ ${count(p.n, 'smaller term')}`,
};
