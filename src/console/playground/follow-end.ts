/** The reader counts as being at the end within so many pixels of it. */
const NEAR_PX = 80;

/** Keeps the end of the page in view while an element grows, as long as the reader is there. */
export class FollowEnd {
  #isAtEnd = true;
  /** Where the page was scrolled to last, in pixels. */
  #top = 0;

  /** Scrolls to the end, and follows it from now on. */
  start(): void {
    this.#isAtEnd = true;
    window.scrollTo(0, document.documentElement.scrollHeight);
  }

  /** Follows an element while `isOn` returns true; for `@attach`. */
  attach(isOn: () => boolean): (element: HTMLElement) => () => void {
    return (element) => {
      const scrolled = (): void => {
        const { scrollHeight, clientHeight } = document.documentElement;
        const { scrollY } = window;
        // The event comes later than what has grown since: only scrolling up leaves the end.
        if (scrollY + clientHeight > scrollHeight - NEAR_PX) this.#isAtEnd = true;
        else if (scrollY < this.#top) this.#isAtEnd = false;
        this.#top = scrollY;
      };
      const growth = new ResizeObserver(() => {
        if (this.#isAtEnd && isOn()) this.start();
      });
      growth.observe(element);
      addEventListener('scroll', scrolled, { passive: true });
      return () => {
        growth.disconnect();
        removeEventListener('scroll', scrolled);
      };
    };
  }
}
