/** The reader counts as being at the end within so many pixels of it. */
const NEAR_PX = 80;

/** Scrolls to the end of the page. */
export function scrollToEnd(): void {
  window.scrollTo(0, document.documentElement.scrollHeight);
}

/**
 * Keeps the end of the page in view while an element grows, as long as the reader is there and `isOn` returns true; use
 * it with `@attach`.
 */
export function followEnd(isOn: () => boolean): (element: HTMLElement) => () => void {
  return (element) => {
    let isAtEnd = true;
    const scrolled = (): void => {
      const { scrollHeight, clientHeight } = document.documentElement;
      isAtEnd = window.scrollY + clientHeight > scrollHeight - NEAR_PX;
    };
    const growth = new ResizeObserver(() => {
      if (isAtEnd && isOn()) scrollToEnd();
    });
    growth.observe(element);
    addEventListener('scroll', scrolled, { passive: true });
    return () => {
      growth.disconnect();
      removeEventListener('scroll', scrolled);
    };
  };
}
