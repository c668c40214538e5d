import * as l10n from '@vscode/l10n';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { NormscopeError } from '../base/errors.ts';
import type { Phase } from '../protocol/debug.ts';
import type { DebugState } from './debugged.ts';
import type { Move } from './moments.ts';
import { References } from './references.ts';
import type { Handler, Reply } from './requestServer.ts';

/** Answers of all requests that let the training go on, or move within what is recorded. */
export function stepHandlers(state: DebugState): Readonly<Record<string, Handler>> {
  const targets = new References<{ readonly phase: Phase; readonly path: string }>('target');
  const step = (move: Move, granularity?: string): Reply => {
    return state.moving((moves) => {
      return granularity === 'instruction' ? moves.stepInstruction() : moves.step(move);
    });
  };
  return {
    continue: () => {
      return state.moving((moves) => moves.resume(), { allThreadsContinued: true });
    },
    next: ({ granularity }: DebugProtocol.NextArguments) => step('over', granularity),
    stepIn: ({ granularity }: DebugProtocol.StepInArguments) => step('into', granularity),
    stepOut: () => step('out'),
    stepBack: ({ granularity }: DebugProtocol.StepBackArguments) => {
      return state.moving((moves) => {
        return granularity === 'instruction' ? moves.backInstruction() : moves.back();
      });
    },
    reverseContinue: () => state.moving((moves) => moves.resumeBack()),
    restartFrame: ({ frameId }: DebugProtocol.RestartFrameArguments) => {
      const frame = state.need().inspection.frameOf(frameId);
      return state.moving((moves) => moves.restart(frame));
    },
    pause: () => {
      const { execution } = state.need();
      return { afterwards: () => execution.pause() };
    },
    gotoTargets: async ({ source, line }: DebugProtocol.GotoTargetsArguments) => {
      const { execution, layers } = state.need();
      const { record } = execution;
      const isModel = await state.isModel(source.path);
      const found = isModel ? layers.resolve(state.fromClient(line), 'forward') : undefined;
      const moments = record?.moments.filter((moment) => found?.paths.includes(moment.path)) ?? [];
      const listed = moments.map(({ phase, path, parameter = path }) => ({
        id: targets.add({ phase, path: parameter }),
        label: `${phase}: ${parameter}`,
        line: state.toClient(found?.line ?? 1),
      }));
      return { body: { targets: listed } };
    },
    goto: ({ targetId }: DebugProtocol.GotoArguments) => {
      const { phase, path } = targets.get(targetId);
      return state.moving((moves) => moves.goTo(phase, path));
    },
    'normscope/goToStep': ({ step: wanted }: { readonly step: unknown }) => {
      const number = stepOf(wanted);
      return state.moving((moves) => moves.goToStep(number));
    },
    'normscope/runToStep': ({ step: wanted }: { readonly step: unknown }) => {
      const number = stepOf(wanted);
      return state.moving((moves) => moves.runToStep(number));
    },
    'normscope/resumeFrom': ({ step: wanted }: { readonly step: unknown }) => {
      const number = stepOf(wanted);
      return state.moving((moves) => moves.resumeFrom(number));
    },
    'normscope/nextStep': () => state.moving((moves) => moves.nextStep()),
    'normscope/nextEpoch': () => state.moving((moves) => moves.nextEpoch()),
  };
}

function stepOf(step: unknown): number {
  if (typeof step === 'number' && Number.isSafeInteger(step) && step >= 0) return step;
  const message = l10n.t('{0} is no step. Give a whole number from 0.', String(step));
  throw new NormscopeError('input', 'debug-step', message);
}
