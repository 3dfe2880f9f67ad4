/** Tickets: what a page hands to the extension's player instead of a URL. Good once, soon, and for one frame of one page. */

/** A frame loads within this, or not at all. */
const LIFETIME_MS = 30_000;
const MAX_OPEN = 100;

/** What a ticket stands for, and for whom. */
export interface Claim {
  origin: string;
  id: string;
  /** the tab whose top frame is that origin's page, the player being a frame right below it; `own`: a tab of the extension */
  tabId: number | 'own';
}

/** Who shows a ticket, by the browser's word. */
export interface Bearer {
  tabId: number;
  /** the committed origin of the tab's top frame */
  topOrigin: string | undefined;
  /** of the documents around the player, the innermost first: our own page read them of its `location` */
  ancestors: string[];
}

export interface Tickets {
  issue(claim: Claim): string;
  /** Uses it up, whoever shows it. Undefined where it is not, or no longer, that bearer's. */
  redeem(ticket: string, bearer: Bearer): Claim | undefined;
}

export function createTickets(deps: { now(): number; newTicket(): string }): Tickets {
  const open = new Map<string, { claim: Claim; until: number }>();

  function forgetOld(): void {
    for (const [ticket, { until }] of open) {
      if (until > deps.now() && open.size < MAX_OPEN) break; // in the order in which they were issued
      open.delete(ticket);
    }
  }

  return {
    issue(claim) {
      forgetOld();
      const ticket = deps.newTicket();
      open.set(ticket, { claim, until: deps.now() + LIFETIME_MS });
      return ticket;
    },
    redeem(ticket, bearer) {
      const found = open.get(ticket);
      open.delete(ticket);
      if (!found || found.until <= deps.now()) return undefined;
      return isFor(found.claim, bearer) ? found.claim : undefined;
    },
  };
}

function isFor({ tabId, origin }: Claim, bearer: Bearer): boolean {
  const [parent, ...further] = bearer.ancestors;
  // The person sees where that player is, and what it plays: whose tab it is does not matter.
  if (tabId === 'own') return bearer.ancestors.length === 0 && bearer.topOrigin === undefined;
  return bearer.tabId === tabId && bearer.topOrigin === origin && parent === origin && further.length === 0;
}
