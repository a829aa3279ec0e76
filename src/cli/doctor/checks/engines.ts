import { variableCase } from '../../../config/environment/variables.ts';
import { isOwn } from '../../own-listener.ts';
import { fault, ok, warning, type Check, type Finding } from '../check.ts';
import type { DoctorContext } from '../context.ts';
import type { FoundEngine } from '../find-engines.ts';
import { isInstalled, isNoAnswer, isSilent, isUsable, type ProviderState } from '../provider-state.ts';

/** Does a local engine answer where the configuration expects one? */
export const enginesCheck: Check = {
  name: 'engines',
  run: (context) => {
    const { providers, engines } = context;
    if (providers.length === 0) return [];
    const elsewhere = engines.filter((engine) => !providers.some((each) => isAt(each, engine)));
    const found = [
      ...elsewhere.map((engine) => elsewhereFinding(engine, context)),
      ...silentOwn(providers, elsewhere),
    ];
    const isMissing = found.length === 0 && !providers.some(isUsable);
    return [...found, ...(isMissing ? noneAtAll(providers) : []), ...providers.flatMap(okFinding)];
  },
};

/** Whether a provider leads to an engine, by any address of this machine. */
function isAt({ enabled, baseUrl }: ProviderState, { port }: FoundEngine): boolean {
  return enabled && isOwn(baseUrl, { host: '0.0.0.0', ports: [port] });
}

function elsewhereFinding(engine: FoundEngine, { providers, gateway }: DoctorContext): Finding {
  const { origin, type, models } = engine;
  const silent = providers.find((each) => each.enabled && each.type === type && isSilent(each));
  const disabled = providers.find((each) => isAt({ ...each, enabled: true }, engine));
  const base = type === 'ollama' || type === 'llamacpp' ? origin : `${origin}/v1`;
  const what = `an engine with ${count(models)} (${type}) answers at ${origin}`;
  // Another one is used already: this one may be meant for something else.
  const make = providers.some((each) => each.local && isUsable(each)) ? warning : fault;
  if (silent !== undefined) {
    const found = `${what}, but ${silent.id} is expected at ${silent.baseUrl}`;
    const variable = `LANEWAY_PROVIDER_${variableCase(silent.id)}_URL`;
    return make('engine_elsewhere', found, `set ${variable}=${base} in .env, or let the engine listen there`);
  }
  if (disabled !== undefined) {
    const found = `${what}, but its provider ${disabled.id} is disabled`;
    return make('engine_elsewhere', found, `set "enabled" of ${disabled.id} to true to use it`);
  }
  const fix =
    gateway === null
      ? `add {"providers": {"local": {"type": "${type}", "base_url": "${base}"}}} to user_models.json to use it`
      : `to use it: laneway providers add local --type ${type} --base-url ${base}`;
  return make('engine_elsewhere', `${what}, and no provider has this address`, fix);
}

/** Local providers that the operator has set up; the shipped ones need not run. */
function silentOwn(providers: readonly ProviderState[], elsewhere: readonly FoundEngine[]): Finding[] {
  const silent = providers.filter((each) => each.enabled && each.isOwn && isSilent(each));
  return silent
    .filter(({ type }) => !elsewhere.some((engine) => engine.type === type))
    .map(({ id, name, baseUrl, error }) =>
      fault(
        'no_engine',
        `${error?.message ?? id} at ${baseUrl}${name === id ? '' : ` (${id})`}`,
        `start the engine, or correct its address (LANEWAY_PROVIDER_${variableCase(id)}_URL or "base_url"); in a container, 127.0.0.1 is the container itself`,
      ),
    );
}

/** While nothing can be used; an engine that runs without a model is a finding of the models. */
function noneAtAll(providers: readonly ProviderState[]): Finding[] {
  const silent = providers.filter((each) => each.enabled && isSilent(each));
  const isRunning = providers.some(({ enabled, local, error }) => enabled && local && error === null);
  if (isRunning || silent.length === 0) return [];
  const tried = silent.map(({ id, baseUrl }) => `${id} (${baseUrl})`).join(', ');
  const found = `no engine answers: ${tried}; and no cloud provider can be used`;
  const fix =
    'start an engine, e.g. llama-server -m MODEL.gguf --port 8080, or put a key into .env, e.g. OPENAI_API_KEY=…';
  return [fault('no_engine', found, fix)];
}

function okFinding(provider: ProviderState): Finding[] {
  const { id, local, error, models } = provider;
  const starts = provider.started !== null && isNoAnswer(error);
  if (!local || !(isUsable(provider) || (provider.enabled && starts))) return [];
  return [
    ok(
      `${id} ${whereText(provider)}${models === null ? '' : `, ${count(models.filter(isInstalled).length)}`}`,
    ),
  ];
}

function whereText({ baseUrl, started, servers, error }: ProviderState): string {
  if (started === null || (started.by === 'start' && error === null)) return `answers at ${baseUrl}`;
  const running = servers.length === 0 ? '' : ` and runs at ${servers.join(', ')}`;
  return `is started by Laneway${running}`;
}

function count(models: number): string {
  return `${models} model${models === 1 ? '' : 's'}`;
}
