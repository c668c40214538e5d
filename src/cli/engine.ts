import path from 'node:path';
import { EngineClient } from '../engine/client.ts';

/** Starts an engine process; the program lies beside this one. */
export function startEngine(): EngineClient {
  return new EngineClient(path.join(import.meta.dirname, 'engine.cjs'));
}
