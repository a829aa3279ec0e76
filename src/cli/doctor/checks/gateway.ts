import { spanText } from '../../output/durations.ts';
import { splitAdvice } from '../advice.ts';
import { fault, ok, warning, type Check } from '../check.ts';

/** Does the gateway answer, and can it serve requests? */
export const gatewayCheck: Check = {
  name: 'gateway',
  run: ({ target, gateway, files }) => {
    if (gateway === null) {
      const { found, fix } = splitAdvice(target.problem ?? 'the address of the gateway is invalid');
      if (target.isNamed) return [fault('no_gateway', found, fix ?? 'correct --url or LANEWAY_URL')];
      if (files === null) return [];
      // Nothing is wrong with a gateway that has not been started yet.
      const checked = `no gateway runs at ${target.url}, so the files and servers were checked without it`;
      const start = 'start it: npm start, or laneway start';
      const isFree = target.problem?.includes('ECONNREFUSED') === true;
      return [warning('no_gateway', checked, isFree ? start : `free its port first, then ${start}`)];
    }
    const { version, uptimeS, details, refusal } = gateway;
    if (details === null) {
      const { found, fix } = splitAdvice(refusal ?? 'the gateway refused the calls');
      return [fault('token_refused', found, fix ?? 'give its admin token with --token')];
    }
    const running = `Laneway ${version} answers at ${target.url}, up ${spanText(uptimeS * 1000)}`;
    if (details.ready) return [ok(`${running}, and is ready`)];
    const reasons = details.reasons.slice(0, SHOWN_REASONS).join('; ');
    const found = `${running}, but its default lane has no target that can be used: ${reasons}`;
    const fix =
      'fix what is listed above, or give the default lane a model that is there (laneway explain auto)';
    return [fault('not_ready', found, fix)];
  },
};

const SHOWN_REASONS = 3;
