/** The time, once a second, for what counts down. Milliseconds since 1970. */
export const clock = $state({ now: Date.now() });

setInterval(() => {
  clock.now = Date.now();
}, 1000);
