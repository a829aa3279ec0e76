import { spanText } from '../../../util/span-text.ts';
import { splitAdvice } from '../advice.ts';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import type { DoctorContext } from '../context.ts';
import type { GatewayView } from '../gateway-view.ts';

/** Does the gateway answer, and can it serve requests? */
export const gatewayCheck: Check = {
  name: 'gateway',
  run: (context) =>
    context.gateway === null ? silent(context) : [answering(context.gateway, context.target.url)],
};

const SHOWN_REASONS = 3;

/** Nothing is wrong with a gateway of this machine that has not been started yet. */
function silent({ target, files }: DoctorContext): Finding[] {
  const { url, isNamed, problem } = target;
  if (isNamed) {
    const { found, fix } = splitAdvice(problem ?? `the gateway at ${url} was not called`);
    return [fault('no_gateway', found, fix ?? 'correct --url or LANEWAY_URL')];
  }
  if (files === null) return [];
  const what = url === '' ? 'no gateway was called' : `no gateway runs at ${url}`;
  const found = `${what}, so files and servers were checked from here, without what calls have stored`;
  const isFree = problem?.includes('ECONNREFUSED') === true;
  const first = isFree ? '' : 'fix what is listed above, then ';
  return [warning('no_gateway', found, `${first}start it: npm start, or laneway start`)];
}

function answering({ version, uptimeS, details, refusal }: GatewayView, url: string): Finding {
  if (details === null) {
    const { found, fix } = splitAdvice(refusal ?? 'the gateway refused the calls');
    const code = /\btoken\b/.test(refusal ?? '') ? 'token_refused' : 'gateway_refused';
    return fault(
      code,
      found,
      fix ?? 'give its admin token with --token, or use the command line of its version',
    );
  }
  const running = `Laneway ${version} answers at ${url}, up ${spanText(uptimeS * 1000)}`;
  if (details.ready) return ok(`${running}, and is ready`);
  const reasons = details.reasons.slice(0, SHOWN_REASONS).join('; ');
  return fault(
    'not_ready',
    `${running}, but its default lane has no target that can be used: ${reasons}`,
    'fix what is listed above, or give the default lane a model that is there (laneway explain auto)',
  );
}
