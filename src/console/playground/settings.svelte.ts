import type { RequestOptions } from './chat.ts';
import { parseMaxTokens, parseSchema, parseTemperature, parseTools } from './parse-options.ts';

/** The fields as they were filled in. */
export interface SettingsText {
  readonly system: string;
  readonly temperature: string;
  readonly maxTokens: string;
  readonly stream: boolean;
  readonly tools: string;
  readonly schema: string;
}

/** What all requests say besides the prompt. */
export class Settings {
  system = $state('');
  temperature = $state('');
  maxTokens = $state('');
  stream = $state(true);
  tools = $state('');
  schema = $state('');
  readonly parsed = $derived({
    temperature: parseTemperature(this.temperature),
    maxTokens: parseMaxTokens(this.maxTokens),
    tools: parseTools(this.tools),
    schema: parseSchema(this.schema),
  });
  /** What is wrong with the first wrong field; null: nothing. */
  readonly problem = $derived(
    Object.values(this.parsed).find(({ problem }) => problem !== null)?.problem ?? null,
  );

  /** What a request says; use it only without a `problem`. */
  options(): RequestOptions {
    const { temperature, maxTokens, tools, schema } = this.parsed;
    return {
      system: this.system,
      stream: this.stream,
      temperature: temperature.value,
      maxTokens: maxTokens.value,
      tools: tools.value,
      schema: schema.value,
    };
  }

  /** The fields, to be restored later. */
  text(): SettingsText {
    const { system, temperature, maxTokens, stream, tools, schema } = this;
    return { system, temperature, maxTokens, stream, tools, schema };
  }

  /** Fills in the fields again. */
  restore(text: SettingsText): void {
    Object.assign(this, text);
  }
}
