import * as l10n from '@vscode/l10n';
import { globToRegExp } from '../../base/glob.ts';
import { NormscopeError } from '../../base/errors.ts';
import { RandomStream } from '../../base/random.ts';
import { lowerModel } from '../../language/lower/lower.ts';
import type { ProbeReport, ProbeRequest, TapReport } from '../../protocol/engine.ts';
import { tensorStatistics } from '../../statistics/definitions.ts';
import type { TensorArray, TensorBinding } from '../runtime/session.ts';
import { ChannelCollector } from './channelReport.ts';
import { recordTaps } from './recording.ts';
import type { Trainer } from './trainer.ts';

/**
 * One forward and backward pass on the current parameters and the batch that the next step would take: statistics of every tap
 * that the glob names, in the order of the model file. Throws `no-such-tap` when it names none.
 */
export async function probe(trainer: Trainer, request: ProbeRequest): Promise<ProbeReport> {
  const { model, threads, seed } = trainer.options;
  const number = trainer.step * model.settings.accumulate;
  const feeds = trainer.feedsOf(number);
  const forward = lowerModel(model, { mode: 'training' });
  if (request.input === 'normal') replaceByNormal(trainer, feeds, seed);
  const pattern = globToRegExp(request.taps, '.');
  const found: (readonly [number, string, TapReport])[] = [];
  const wanted = (tap: string): boolean => pattern.test(tap);
  const channels = new ChannelCollector(forward);
  for await (const tap of recordTaps({ forward, threads, feeds, wanted })) {
    const statistics = tensorStatistics(asNumbers(tap.data));
    found.push([tap.index, `${tap.path}.${tap.name}`, { shape: tap.shape, ...statistics }]);
    channels.take(tap);
  }
  if (found.length === 0) {
    throw new NormscopeError(
      'input',
      'no-such-tap',
      l10n.t(
        'No tap is named {0}. Taps are <layer path>.<name>, e.g. **.norm.in; ** shows them all.',
        request.taps,
      ),
    );
  }
  found.sort(([a], [b]) => a - b);
  const loss = await trainer.currentLoss();
  const taps = Object.fromEntries(found.map(([, name, report]) => [name, report]));
  return { loss, taps, channels: channels.norms(), signal: channels.signal() };
}

/** Inputs of real numbers become standard normal; token ids stay what they are. */
function replaceByNormal(trainer: Trainer, feeds: readonly TensorBinding[], seed: number): void {
  const names = trainer.program.batch
    .filter(({ role }) => role === 'input')
    .map(({ name }) => name);
  for (const { name, data } of feeds) {
    if (!names.includes(name) || !(data instanceof Float32Array)) continue;
    const random = new RandomStream(seed, `probe:${name}`);
    for (let i = 0; i < data.length; i++) data[i] = random.nextNormal();
  }
}

function asNumbers(data: TensorArray): Float32Array | Float64Array | Int32Array {
  if (data instanceof Float32Array || data instanceof Int32Array) return data;
  return Float64Array.from(data as Iterable<number | bigint>, Number);
}
