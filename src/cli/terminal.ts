import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where the command line writes. Everything printed by a command goes through here. */
export interface Terminal {
  /** Results, one line. */
  print(line: string): void;
  /** Problems and hints, one line; never part of the results. */
  complain(line: string): void;
  /** Replaces the live line of an interactive terminal; an empty text clears it. */
  live(text: string): void;
  readonly interactive: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly width: number;
  /** Styles a text if the terminal shows colours and NO_COLOR does not forbid them. */
  style(style: Style, text: string): string;
  /** Calls `listener` once when nobody reads the results any more (`| head`). */
  onClosed(listener: () => void): void;
}

const clearLine = '\r\u001b[2K';

/** The terminal of this process. Writing to a pipe that was closed is not an error: the command is told and ends. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  let closed = false;
  let onClosed: (() => void) | undefined;
  let liveShown = false;

  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (closed) return;
    closed = true;
    onClosed?.();
  });
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

  const clearLive = (): void => {
    if (liveShown) stdout.write(clearLine);
    liveShown = false;
  };
  return {
    interactive: stdout.isTTY,
    get width() {
      return stdout.isTTY ? stdout.columns : 80;
    },
    print(line) {
      if (closed) return;
      clearLive();
      stdout.write(`${line}\n`);
    },
    complain(line) {
      clearLive();
      stderr.write(`${line}\n`);
    },
    live(text) {
      if (closed || !stdout.isTTY) return;
      clearLive();
      if (text === '') return;
      stdout.write(text);
      liveShown = true;
    },
    style(style, text) {
      return stdout.isTTY && stdout.hasColors() ? styleText(style, text) : text;
    },
    onClosed(listener) {
      onClosed = listener;
    },
  };
}
