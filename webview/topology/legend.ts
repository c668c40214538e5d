import { html, nothing, svg, type TemplateResult } from 'lit-html';
import { formatExact } from '../format.ts';
import { texts } from '../texts.ts';
import { railWidth, ratioSteps } from './rail.ts';

const widths = [0.1, 1, 10];
/** Of one sample, in pixels. */
const sample = { width: 30, height: 16 } as const;

/**
 * What width, colour and dashes of the rail say; nothing before it was measured. `toggled` hears that the user has opened or closed it.
 */
export function legendTemplate(
  isMeasured: boolean,
  isOpen: boolean,
  toggled: (isOpen: boolean) => void,
): TemplateResult | typeof nothing {
  if (!isMeasured) return nothing;
  const { title, rmsTitle, ratio, ratioTitle } = texts.stream;
  const steps = ratioSteps.map((step) => formatExact(step));
  return html`<details
    class="legend"
    ?open=${isOpen}
    @toggle=${({ target }: Event) => {
      if (target instanceof HTMLDetailsElement) toggled(target.open);
    }}
  >
    <summary>${title}</summary>
    <dl>
      <div title=${rmsTitle}>
        <dt>RMS</dt>
        <dd>${widthSamples()}</dd>
      </div>
      <div title=${ratioTitle}>
        <dt>${ratio}</dt>
        <dd>${levelSamples(steps)}</dd>
      </div>
    </dl>
  </details>`;
}

/** A line of each width, with the RMS that it stands for. */
function widthSamples(): TemplateResult {
  return scale(
    widths.length,
    widths.map((rms, i) => line('measured', i, railWidth(rms), false)),
    widths.map((rms, i) => ({ x: (i + 0.5) * sample.width, text: formatExact(rms) })),
  );
}

/** The colours one beside the other, with the ratios at which they change. */
function levelSamples(steps: readonly string[]): TemplateResult {
  const count = steps.length + 1;
  return scale(
    count,
    Array.from({ length: count }, (_, i) => line(`measured level${i}`, i, 9, true)),
    steps.map((text, i) => ({ x: (i + 1) * sample.width, text })),
  );
}

function line(kind: string, index: number, width: number, hasDashes: boolean) {
  const [x1, x2] = [index * sample.width + 1, (index + 1) * sample.width - 1];
  const part = (name: string) =>
    svg`<line class=${name} x1=${x1} y1="8" x2=${x2} y2="8" stroke-width=${width}/>`;
  return svg`<g class=${kind}>${part('stream')}${hasDashes ? part('dashes') : nothing}</g>`;
}

function scale(
  count: number,
  lines: readonly TemplateResult[],
  marks: readonly { readonly x: number; readonly text: string }[],
): TemplateResult {
  const [width, height] = [count * sample.width, sample.height + 11];
  return html`<svg
    width=${width}
    height=${height}
    role="img"
    aria-label=${marks.map(({ text }) => text).join(', ')}
  >
    ${lines}${marks.map(({ x, text }) => svg`<text x=${x} y=${height - 2}>${text}</text>`)}
  </svg>`;
}
