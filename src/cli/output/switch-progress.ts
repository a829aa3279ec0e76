import { isLast, type SwitchStep } from '../client/engine-switch.ts';
import type { CommandPorts } from '../ports.ts';
import { spanText } from '../../util/span-text.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { cutEnd } from './shorten-text.ts';

/** What happens in a phase of a switch. */
export function phaseText({ state, from, to }: Pick<SwitchStep, 'state' | 'from' | 'to'>): string {
  switch (state) {
    case 'draining':
      return from === null ? 'waiting for running requests' : `waiting for requests of ${from} to end`;
    case 'unloading':
      return `unloading ${from ?? to ?? 'a model'}`;
    case 'settling':
      return from === null ? 'reading the memory' : 'waiting until the memory is free';
    case 'loading':
      return `loading ${to ?? from ?? 'a model'}`;
    case 'probing':
      return `checking ${to ?? from ?? 'a model'}`;
    default:
      return state;
  }
}

/** `43 %` of a progress from 0 to 1. */
export function percentText(progress: number): string {
  return `${Math.floor(progress * 100)} %`;
}

const BAR_WIDTH = 20;

/** A progress bar of a step in at most `width` columns: `████████░░░░░░░░░░░░ 43 %  loading ollama/a  12 s`. */
export function barText(step: SwitchStep, elapsedMs: number, width: number): string {
  const filled = Math.round(Math.min(Math.max(step.progress, 0), 1) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const text = `${bar} ${percentText(step.progress).padStart(5)}  ${phaseText(step)}  ${spanText(elapsedMs)}`;
  return cutEnd(printable(text), width);
}

/** How the progress of a switch is shown. */
export interface ProgressDisplay {
  show(step: SwitchStep): void;
  /** Removes what does not stay. */
  end(): void;
}

/** The time of a bar moves on without news, in ms. */
const REDRAWN_MS = 1_000;

/** A bar on the last line of a terminal. Ends with `end`. */
export function progressBar(
  { showLine, now, terminal }: Pick<CommandPorts, 'showLine' | 'now' | 'terminal'>,
  startedAt: number,
): ProgressDisplay {
  const width = (terminal.columns ?? 80) - 1;
  let last: SwitchStep | null = null;
  const draw = (): void => {
    if (last !== null) showLine(barText(last, now() - startedAt, width));
  };
  const timer = setInterval(draw, REDRAWN_MS);
  return {
    show: (step) => {
      if (isLast(step)) return;
      last = step;
      draw();
    },
    end: () => {
      clearInterval(timer);
      if (last !== null) showLine(null);
    },
  };
}

/** Progress is worth a line for each tenth. */
const TENTHS = 10;

/** A line on standard error for each phase, and for each tenth of a load. */
export function progressLines(out: Output): ProgressDisplay {
  let shown = '';
  return {
    show: (step) => {
      if (isLast(step)) return;
      const tenth = Math.floor(step.progress * TENTHS);
      const key = step.state === 'loading' ? `${step.state} ${tenth}` : step.state;
      if (key === shown) return;
      shown = key;
      out.note(`${phaseText(step)} (${percentText(step.progress)})`);
    },
    end: () => undefined,
  };
}
