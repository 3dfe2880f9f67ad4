/** A few short facts on one line, or on as many as they need; none is broken apart. */

export function Facts({ facts }: { facts: readonly string[] }) {
  if (facts.length === 0) return null;
  return (
    <span class="facts">
      {facts.map(fact => (
        <span key={fact}>{fact}</span>
      ))}
    </span>
  );
}
