/** JSON with sorted keys: the same value always has the same bytes, so it can be hashed. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) {
    let text = '[';
    for (let index = 0; index < value.length; index += 1) {
      text += `${index === 0 ? '' : ','}${canonicalJson(value[index])}`;
    }
    return `${text}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = value as Record<string, unknown>;
    let text = '{';
    for (const key of Object.keys(members).sort()) {
      if (members[key] === undefined) continue;
      text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(members[key])}`;
    }
    return `${text}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
