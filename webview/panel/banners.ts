import { html, nothing, type TemplateResult } from 'lit-html';
import type { ViewProblem } from '../../src/protocol/view.ts';
import { icon, type IconName } from '../icons.ts';
import type { PanelStore } from '../store.ts';
import { texts } from '../texts.ts';
import { button, iconButton } from '../ui.ts';

const mostProblems = 4;

type Severity = 'error' | 'warning' | 'info';

function banner(
  severity: Severity,
  content: TemplateResult,
  action: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  const name: IconName = severity;
  return html`<div
    class="banner"
    data-severity=${severity}
    role=${severity === 'error' ? 'alert' : 'status'}
  >
    ${icon(name)}
    <div class="content">${content}</div>
    ${action}
  </div>`;
}

function problemTemplate(store: PanelStore, problem: ViewProblem): TemplateResult {
  const show = () => store.send({ type: 'revealLine', line: problem.line });
  return html`<li data-severity=${problem.severity}>
    <button class="link" @click=${show}>${texts.problem(problem.line)}</button>
    <span>${problem.message}</span>
  </li>`;
}

/** Problems of the model file: errors always, warnings where the picture is not up to date. */
function modelBanner(store: PanelStore): TemplateResult | typeof nothing {
  const { model } = store;
  if (!model) return nothing;
  const errors = model.problems.filter(({ severity }) => severity === 'error');
  const shown = model.stale ? model.problems : errors;
  if (shown.length === 0 && !model.stale) return nothing;
  const more = shown.length - mostProblems;
  const title = model.lastGood === true ? texts.lastGoodTitle : texts.staleTitle;
  return banner(
    errors.length > 0 ? 'error' : 'warning',
    html`${model.stale ? html`<p>${title}</p>` : nothing}
      <ul class="problems">
        ${shown.slice(0, mostProblems).map((problem) => problemTemplate(store, problem))}
        ${more > 0 ? html`<li class="detail">${texts.moreProblems(more)}</li>` : nothing}
      </ul>`,
  );
}

/** Who else trains the run, or what it ended with when it did not end well. */
function runBanner(store: PanelStore): TemplateResult | typeof nothing {
  const { run, pending } = store;
  if (run?.writer) {
    return banner('info', html`<p>${texts.followed(run.writer.pid, run.writer.host)}</p>`);
  }
  if (run?.resumable && run.status.state === 'ended') {
    return banner('info', html`<p>${texts.takeOver(run.resumable.step)}</p>`);
  }
  if (run?.status.state !== 'failed') return nothing;
  const { error } = run.status;
  const message = error ? html`<p>${error.message}</p>` : nothing;
  if (!run.resumable) return error ? banner('error', message as TemplateResult) : nothing;
  const resume = button({
    name: 'resume-lost',
    icon: 'resume',
    label: texts.resume,
    title: texts.resumeTitle(run.resumable.step),
    disabled: pending !== null,
    onClick: () => store.send({ type: 'resume' }),
  });
  return banner(
    'error',
    html`<p>${texts.engineLost(run.resumable.step)}</p>
      ${message}`,
    resume,
  );
}

/** Everything that needs the user's attention, worst first. `layoutWarning`: what is wrong with the picture itself. */
export function bannersTemplate(store: PanelStore, layoutWarning: string | null): TemplateResult {
  const { error } = store;
  return html`${
    error
      ? banner(
          'error',
          html`<p>${error.message}</p>`,
          iconButton('close', texts.dismiss, () => store.dismissError()),
        )
      : nothing
  }
  ${runBanner(store)} ${modelBanner(store)}
  ${layoutWarning === null ? nothing : banner('warning', html`<p>${layoutWarning}</p>`)}`;
}
