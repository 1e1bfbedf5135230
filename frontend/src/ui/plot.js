// @ts-check
/** A line over whole numbers, drawn by uPlot; loaded when there is something to draw. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatNumber } from './numbers.js';

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * @param {HTMLElement} host
 * @param {{ onPick: (x: number) => void }} options
 */
export function createPlot(host, { onPick }) {
  /** @type {number | null} */
  let current = null;
  const font = `11px ${token('--font-ui')}`;
  const axis = {
    stroke: token('--text-dim'),
    font,
    grid: { stroke: token('--line'), width: 1 },
    ticks: { show: false },
  };
  const size = () => ({ width: Math.max(80, host.clientWidth), height: Math.max(60, host.clientHeight) });

  /** Where the number is none: a line with a cross, so that it is not taken for a point left out. @param {uPlot} plot */
  const gaps = (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = token('--bad');
    ctx.lineWidth = devicePixelRatio;
    const arm = 4 * devicePixelRatio;
    plot.data[0].forEach((x, i) => {
      if (plot.data[1][i] !== null) return;
      const left = plot.valToPos(x, 'x', true);
      const top = bbox.top + 2 * arm;
      ctx.setLineDash([2 * arm, arm]);
      ctx.beginPath();
      ctx.moveTo(left, top + 2 * arm);
      ctx.lineTo(left, bbox.top + bbox.height);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.moveTo(left - arm, top - arm);
      ctx.lineTo(left + arm, top + arm);
      ctx.moveTo(left + arm, top - arm);
      ctx.lineTo(left - arm, top + arm);
      ctx.stroke();
    });
    ctx.restore();
  };

  /** A ring around the point of the pass on show. @param {uPlot} plot */
  const ring = (plot) => {
    const at = current === null ? -1 : plot.data[0].indexOf(current);
    const y = at < 0 ? null : plot.data[1][at];
    if (current === null || y === null || y === undefined) return;
    const { ctx } = plot;
    const left = plot.valToPos(current, 'x', true);
    ctx.save();
    ctx.strokeStyle = token('--line-strong');
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(left, plot.bbox.top);
    ctx.lineTo(left, plot.bbox.top + plot.bbox.height);
    ctx.stroke();
    ctx.fillStyle = token('--bg-raised');
    ctx.strokeStyle = token('--accent');
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.beginPath();
    ctx.arc(left, plot.valToPos(y, 'y', true), 4.5 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
    ctx.restore();
  };

  const plot = new uPlot(
    {
      ...size(),
      padding: [12, 14, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
      scales: { x: { time: false, range: (_, min, max) => (min === max ? [min - 1, max + 1] : [min, max]) } },
      axes: [
        { ...axis, size: 26, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], grid: { show: false } },
        {
          ...axis,
          size: 52,
          values: (_, ticks) => ticks.map((tick) => formatNumber(tick, { digits: 3, most: 1e5 })),
        },
      ],
      series: [{}, { stroke: token('--accent'), width: 1.75, points: { size: 5 } }],
      hooks: { draw: [gaps, ring] },
    },
    [[], []],
    host,
  );
  plot.over.addEventListener('click', () => {
    const { idx } = plot.cursor;
    if (idx !== null && idx !== undefined) onPick(plot.data[0][idx]);
  });
  const resize = new ResizeObserver(() => plot.setSize(size()));
  resize.observe(host);

  return {
    /** @param {number[]} xs @param {number[]} ys not a number: a gap */
    draw(xs, ys) {
      plot.setData([xs, ys.map((y) => (Number.isFinite(y) ? y : null))]);
    },
    /** Marks a point. @param {number | null} x */
    point(x) {
      current = x;
      plot.redraw(false, false);
    },
    destroy() {
      resize.disconnect();
      plot.destroy();
    },
  };
}

/** @typedef {ReturnType<typeof createPlot>} Plot */
