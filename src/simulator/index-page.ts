import { decimalTextOf } from './decimal-amount.ts';
import type { SimulatorState } from './simulator-state.ts';

/** A page for people who open the simulator in a browser: what it holds, and what it answers. */
export function indexPage(state: SimulatorState): string {
  const pos = state.pos.map((one) => [
    one.merchantPosId,
    one.name,
    one.beaconId,
    one.customerCheckedIn ? 'a customer is here' : 'nobody here',
  ]);
  const payments = state.payments
    .slice(-50)
    .reverse()
    .map((payment) => [
      payment.orderId,
      payment.terms === null
        ? '–'
        : `${decimalTextOf(payment.terms.amountMinorUnits)} ${payment.terms.currencyCode}`,
      payment.status,
      payment.paymentId,
    ]);
  const refunds = state.refunds
    .slice(-50)
    .reverse()
    .map((refund) => [
      refund.refundOrderId,
      `${decimalTextOf(refund.amountMinorUnits)} ${refund.currencyCode}`,
      refund.status,
      refund.refundId,
    ]);
  const stores = state.stores.map((store) => [
    store.storeName,
    store.merchantVat,
    `${store.merchantBrandId} ${store.merchantLocationId}`,
    store.activated ? 'activated' : 'not activated',
    signedText(store.balanceMinorUnits),
  ]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>PoS V10 simulator</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; }
  td, th { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; }
  code { font-size: .9em; }
</style>
</head>
<body>
<h1>PoS V10 simulator</h1>
<p>Network: ${escapeHtml(state.network)}. It is ${escapeHtml(state.now)} here.</p>
<h2>Stores</h2>
${table(['Store', 'VAT number', 'Brand and location', 'State', 'Balance'], stores)}
<h2>Points of sale</h2>
${table(['PoS', 'Name', 'Beacon', 'Check-in'], pos)}
<h2>Latest payments</h2>
${table(['Order', 'Amount', 'Status', 'Payment'], payments)}
<h2>Latest refunds</h2>
${table(['Refund order', 'Amount', 'Status', 'Refund'], refunds)}
<h2>Controls</h2>
<p>As JSON: <a href="/simulator/state">state</a>, <a href="/simulator/exchanges">exchanges</a>,
<a href="/simulator/faults">faults</a>. The customer is played with
<code>POST /simulator/phone {"action":"check-in","beaconId":"…"}</code>, then
<code>"accept"</code> or <code>"refuse"</code>.</p>
</body>
</html>
`;
}

function signedText(minorUnits: number): string {
  return `${minorUnits < 0 ? '−' : ''}${decimalTextOf(Math.abs(minorUnits))}`;
}

function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return '<p>None yet.</p>';
  const line = (tag: string, cells: string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line('th', head)}${rows.map((row) => line('td', row)).join('')}</table>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
