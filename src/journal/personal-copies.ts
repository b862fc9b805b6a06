const members = ['loyaltyIds', 'customerToken', 'customerReceiptToken', 'ble'] as const;
/** A quick look that spares nearly every text the parsing. */
const mayHold = /"(?:customerToken|customerReceiptToken)":"|"loyaltyIds":\[/;

export function mayHoldPersonalData(text: string): boolean {
  return mayHold.test(text);
}

type Visit = (holder: Record<string, unknown>, orderId: string | null) => void;

function visitHolders(value: unknown, visit: Visit): void {
  if (Array.isArray(value)) {
    for (const item of value) visitHolders(item, visit);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const holder = value as Record<string, unknown>;
  if (members.some((member) => (holder[member] ?? null) !== null)) {
    visit(holder, typeof holder['orderId'] === 'string' ? holder['orderId'] : null);
  }
  for (const member of Object.values(holder)) visitHolders(member, visit);
}

/** The orders whose personal data a reply or register event repeats. */
export function ordersNamedIn(text: string): string[] {
  const found = new Set<string>();
  visitHolders(JSON.parse(text), (_holder, orderId) => {
    if (orderId !== null) found.add(orderId);
  });
  return [...found];
}

/** The text with the personal data of this order replaced by null; of everybody without `orderId`. */
export function redacted(text: string, orderId?: string): string {
  const value: unknown = JSON.parse(text);
  visitHolders(value, (holder, named) => {
    if (orderId !== undefined && named !== orderId) return;
    for (const member of members) {
      if (member in holder) holder[member] = null;
    }
  });
  return JSON.stringify(value);
}
