// @ts-check
/** Where the script runs: CPU or GPU; where there is no GPU, the choice says why. */
import { api } from '../api/client.js';
import { t } from '../i18n/index.js';
import { html, useEffect, useState } from './html.js';

/** @typedef {import('../api/client.js').Device} DeviceInfo */

/** @param {{ session: import('../session.js').Session }} props */
export function Device({ session }) {
  const [devices, setDevices] = useState(/** @type {DeviceInfo[] | null} */ (null));
  useEffect(() => {
    api.devices().then(setDevices, () => setDevices([]));
  }, []);

  const gpu = devices?.find(({ id }) => id.startsWith('cuda'));
  const why = gpu?.available
    ? gpu.name
    : (gpu?.reason ?? (devices?.length ? t('device.none') : t('device.unknown')));
  const onGpu = session.device.value.startsWith('cuda');
  const rows = [
    {
      id: 'cpu',
      label: t('device.cpu'),
      on: !onGpu,
      off: false,
      title: devices?.find(({ id }) => id === 'cpu')?.name,
    },
    { id: gpu?.id ?? 'cuda', label: t('device.gpu'), on: onGpu, off: !gpu?.available, title: why },
  ];
  return html`<fieldset class="device" disabled=${session.busy.value}>
    <legend class="unseen">${t('device.label')}</legend>
    ${rows.map(
      ({ id, label, on, off, title }) =>
        html`<label key=${id} class=${off ? 'is-off' : ''} title=${title}>
          <input
            type="radio"
            name="device"
            value=${id}
            checked=${on}
            aria-disabled=${off}
            aria-describedby=${off ? 'device-why' : undefined}
            onClick=${(/** @type {Event} */ event) => off && event.preventDefault()}
            onChange=${() => !off && (session.device.value = id)}
          /><span>${label}</span>
        </label>`,
    )}
    ${!gpu?.available && html`<span class="device-why" id="device-why" role="note">${why}</span>`}
  </fieldset>`;
}
