/** The console's session with the gateway. */
export const session = $state({
  /** A call was refused for want of the admin token, and none has been entered since. */
  tokenNeeded: false,
  /** A call had succeeded before: the session has ended meanwhile. */
  wasOpen: false,
  /** How often a session was opened: what was sent before the last time says nothing about it. */
  opened: 0,
});
