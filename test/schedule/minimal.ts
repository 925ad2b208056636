/**
 * Independent of the shrinker: everything that is one step smaller than a schedule. A schedule is 1-minimal when none
 * of these violates the property that it violates.
 */
import type { Deviation, Schedule } from '../../src/schedule/schedule.ts';

/** The numbers of a deviation that make it worse, with the least value of each and how to write one back. */
function lowered(deviation: Deviation): Deviation[] {
  const candidates: Deviation[] = [];
  const least: Record<string, number> = { for: 0, by: 1, after: 1, keep: 0 };
  for (const [name, value] of Object.entries(deviation)) {
    if (name === 'by' && deviation.kind === 'jump') {
      if (Math.abs(deviation.by) > 1)
        candidates.push({ ...deviation, by: deviation.by - Math.sign(deviation.by) });
    } else if (name === 'rate' && deviation.kind === 'drift') {
      const away = Math.round((deviation.rate - 1) * 1000);
      if (Math.abs(away) > 1) candidates.push({ ...deviation, rate: (1000 + away - Math.sign(away)) / 1000 });
    } else if (typeof value === 'number' && name in least) {
      // A slow spell of no time at all is not told from none.
      const bound = name === 'for' && deviation.kind === 'slow' ? 1 : (least[name] ?? 0);
      if (value > bound) candidates.push({ ...deviation, [name]: value - 1 } as Deviation);
    }
  }
  if (deviation.kind === 'crash' && deviation.nodes.length > 1) {
    for (const gone of deviation.nodes)
      candidates.push({ ...deviation, nodes: deviation.nodes.filter((node) => node !== gone) });
  }
  if (deviation.kind === 'disk' && deviation.torn) {
    const { torn, ...whole } = deviation;
    candidates.push(whole);
  }
  return candidates;
}

const renameClient = (name: string, gone: number): string => {
  const number = name.startsWith('c') ? Number(name.slice(1)) : 0;
  return number > gone ? `c${number - 1}` : name;
};

/** Without the client of this number (from 1): the later ones move up in every name and call. */
export function withoutClient(schedule: Schedule, gone: number): Schedule {
  const mentions = JSON.stringify(`c${gone}`);
  const deviations = schedule.deviations
    .filter((deviation) => !JSON.stringify(deviation).includes(mentions))
    .filter((deviation) => !('call' in deviation && Math.floor(deviation.call / 100) === gone))
    .map((deviation) => {
      const text = JSON.stringify(deviation).replace(
        /"(c\d+)"/g,
        (_, name) => `"${renameClient(name, gone)}"`,
      );
      const renamed = JSON.parse(text) as Deviation;
      return 'call' in renamed && renamed.call > gone * 100
        ? { ...renamed, call: renamed.call - 100 }
        : renamed;
    });
  return { ...schedule, clients: schedule.clients.filter((_, index) => index !== gone - 1), deviations };
}

/** Without one operation (both numbers from 1): later calls of the client move up. */
export function withoutOperation(schedule: Schedule, client: number, gone: number): Schedule {
  const call = client * 100 + gone;
  const last = client * 100 + 99;
  const deviations = schedule.deviations
    .filter((deviation) => !('call' in deviation && deviation.call === call))
    .map((deviation) =>
      'call' in deviation && deviation.call > call && deviation.call <= last
        ? { ...deviation, call: deviation.call - 1 }
        : deviation,
    );
  const clients = schedule.clients.map((operations, index) =>
    index === client - 1 ? operations.filter((_, at) => at !== gone - 1) : operations,
  );
  return { ...schedule, clients, deviations };
}

/** Without the last node and whatever names it. */
export function withoutLastNode(schedule: Schedule): Schedule {
  const gone = `n${schedule.nodes}`;
  const nodes = schedule.nodes - 1;
  const without = (names: readonly string[]) => names.filter((name) => name !== gone);
  const deviations = schedule.deviations.flatMap((deviation): Deviation[] => {
    let kept: Deviation = deviation;
    if (kept.kind === 'crash') kept = { ...kept, nodes: without(kept.nodes) };
    if (kept.kind === 'partition')
      kept = { ...kept, groups: kept.groups.map(without).filter((group) => group.length > 0) };
    if (kept.kind === 'one-way') kept = { ...kept, from: without(kept.from), to: without(kept.to) };
    const empty =
      (kept.kind === 'crash' && kept.nodes.length === 0) ||
      (kept.kind === 'partition' && kept.groups.length < 2) ||
      (kept.kind === 'one-way' && (kept.from.length === 0 || kept.to.length === 0));
    return empty || JSON.stringify(kept).includes(`"${gone}"`) ? [] : [kept];
  });
  const clients = schedule.clients.map((operations) =>
    operations.map((operation) => ({ ...operation, node: operation.node % nodes })),
  );
  return { ...schedule, nodes, clients, deviations };
}

/** All schedules one step smaller, each with what was taken from it. */
export function smaller(schedule: Schedule): { what: string; schedule: Schedule }[] {
  const { deviations, clients, nodes, duration } = schedule;
  const found: { what: string; schedule: Schedule }[] = [];
  const add = (what: string, candidate: Schedule) => void found.push({ what, schedule: candidate });
  deviations.forEach((deviation, index) => {
    add(`without deviation ${index + 1}`, {
      ...schedule,
      deviations: deviations.filter((_, other) => other !== index),
    });
    for (const lower of lowered(deviation))
      add(`deviation ${index + 1} as ${JSON.stringify(lower)}`, {
        ...schedule,
        deviations: deviations.map((other, at) => (at === index ? lower : other)),
      });
  });
  clients.forEach((operations, client) => {
    add(`without client ${client + 1}`, withoutClient(schedule, client + 1));
    operations.forEach((operation, index) => {
      add(
        `without operation ${index + 1} of client ${client + 1}`,
        withoutOperation(schedule, client + 1, index + 1),
      );
      if (operation.wait > 0)
        add(`operation ${index + 1} of client ${client + 1} a millisecond sooner`, {
          ...schedule,
          clients: clients.map((others, at) =>
            at === client
              ? others.map((other, place) => (place === index ? { ...other, wait: other.wait - 1 } : other))
              : others,
          ),
        });
    });
  });
  if (nodes > 1) add('without the last node', withoutLastNode(schedule));
  if (duration > 0) add('a millisecond shorter', { ...schedule, duration: duration - 1 });
  return found;
}
