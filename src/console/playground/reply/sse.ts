/** The data of one event, or a comment. */
export interface SseItem {
  readonly type: 'data' | 'comment';
  readonly text: string;
}

/**
 * Splits server-sent events, in whatever pieces they arrive (WHATWG HTML, section 9.2.6). Names and ids of events are
 * not used by chat streams and left out.
 */
export class SseReader {
  #rest = '';
  #data: string[] = [];

  /** Takes the next piece and returns what it completes. */
  push(piece: string): SseItem[] {
    // A long event that comes in many pieces is split once only.
    if (!piece.includes('\n')) {
      this.#rest += piece;
      return [];
    }
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#line(line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  #line(line: string): SseItem[] {
    if (line === '') {
      const data = this.#data;
      this.#data = [];
      return data.length === 0 ? [] : [{ type: 'data', text: data.join('\n') }];
    }
    if (line.startsWith(':')) return [{ type: 'comment', text: line.slice(1).trim() }];
    if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
    return [];
  }
}
