/** How this process does, for those who look for what is wrong with it. */

export function processVars(): object {
  return {
    cmdline: process.argv,
    pid: process.pid,
    uptime: process.uptime(),
    memory: process.memoryUsage(),
    resources: process.resourceUsage(),
    active: countsOf(process.getActiveResourcesInfo()),
  };
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
