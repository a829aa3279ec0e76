/** What is less than this many µs in both proxies is put together. */
const SMALL_MICROS = 0.5;

/** µs by area of both proxies in Markdown, the most expensive of Laneway's first. */
export function profileTable(
  bare: ReadonlyMap<string, number>,
  laneway: ReadonlyMap<string, number>,
  unit: 'request' | 'event',
): string {
  const areas = [...new Set([...laneway.keys(), ...bare.keys()])]
    .map((area) => ({ area, own: laneway.get(area) ?? 0, base: bare.get(area) ?? 0 }))
    .toSorted((a, b) => b.own - a.own);
  const [small, large] = [true, false].map((isSmall) =>
    areas.filter(({ own, base }) => Math.max(own, base) < SMALL_MICROS === isSmall),
  ) as [typeof areas, typeof areas];
  const line = (name: string, of: typeof areas): string => {
    const [base, own] = [sum(of, 'base'), sum(of, 'own')];
    return `| ${name} | ${base.toFixed(1)} | ${own.toFixed(1)} | ${(own - base).toFixed(1)} |`;
  };
  return [
    `| µs of ${unit === 'event' ? 'an event' : 'a request'}, with the profiler on | bare | laneway | difference |`,
    '| --- | ---: | ---: | ---: |',
    ...large.map((each) => line(each.area, [each])),
    line(`${small.length} areas of less than ${SMALL_MICROS} µs each`, small),
    line('all', areas),
  ].join('\n');
}

function sum<K extends string>(items: readonly Record<K, number>[], key: K): number {
  return items.reduce((total, each) => total + each[key], 0);
}
