import { expect, it } from 'vitest';
import { load } from '../files.ts';

const models = {
  providers: { openai: { type: 'openai' } },
  default_lane: 'coder',
  lanes: { coder: {}, fast_rag: {} },
};

it('a misspelt variable is a warning that suggests the nearest one', async () => {
  const cases: Readonly<Record<string, string>> = {
    LANEWAY_PROT: 'unknown variable; did you mean LANEWAY_PORT?',
    laneway_port: 'unknown variable; did you mean LANEWAY_PORT?',
    LANEWAY_LANE_CODR_URL: 'unknown lane "codr"; did you mean LANEWAY_LANE_CODER_URL?',
    ARGOS_LANE_FASTRAG_MODEL_PATH: 'unknown lane "fastrag"; did you mean ARGOS_LANE_FAST_RAG_MODEL_PATH?',
    LANEWAY_LANE_WRITER_URL: 'unknown lane "writer"; known: coder, fast_rag',
    LANEWAY_LANE_CODER_URI: 'unknown variable; did you mean LANEWAY_LANE_CODER_URL?',
    ARGOS_LAEN_CODER_URL: 'unknown variable; did you mean ARGOS_LANE_CODER_URL?',
    ARGOS_LLM_BASEURL: 'unknown variable; did you mean ARGOS_LLM_BASE_URL?',
    LANEWAY_PROVIDER_OPENAI_API_KEY: 'unknown variable; did you mean LANEWAY_PROVIDER_OPENAI_KEY?',
    LANEWAY_PROVIDER_OPENAI_BASE_URL: 'unknown variable; did you mean LANEWAY_PROVIDER_OPENAI_URL?',
    LANEWAY_LANE_CODER_BASE_URL: 'unknown variable; did you mean LANEWAY_LANE_CODER_URL?',
    LANEWAY_QZX: 'unknown variable',
  };
  for (const [name, message] of Object.entries(cases)) {
    const { warnings } = await load({ models }, { [name]: 'sk-fake-1' });
    expect(warnings).toEqual([`environment: ${name}: ${message}`]);
  }
});

it('known and empty variables and those of other programs are not reported', async () => {
  const { warnings } = await load(
    { models },
    {
      LANEWAY_HOST: '::1',
      LANEWAY_MASTER_KEY: 'fake',
      LANEWAY_ADMIN_TOKEN: 'adm-fake-0123456789',
      LANEWAY_TYPO: '',
      ARGOS_ENV: 'local',
      ARGOS_PORT: '1',
      LANE_CODER_URL: 'x',
      PATH: '/bin',
    },
  );
  expect(warnings).toEqual([]);
});
