import { describe, expect, it } from 'vitest';
import { createLogger } from '../src/log.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void, secrets: string[] = []) {
  const lines: string[] = [];
  write(createLogger('debug', secrets, { write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('is one JSON object a line, with level in words and time in UTC', () => {
    const [line] = logged((logger) => logger.info({ orderId: 'A1' }, 'started'));
    expect(line).toMatchObject({ level: 'info', orderId: 'A1', msg: 'started' });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('shows no token, password or customer, however deep', () => {
    const [line] = logged((logger) =>
      logger.child({ token: 'hunter2' }).warn({
        a: { b: [{ Authorization: 'hunter2', access_token: 'hunter2', customerToken: 'hunter2' }] },
        loyaltyIds: ['hunter2'],
        password: 'hunter2',
      }),
    );
    expect(JSON.stringify(line)).not.toContain('hunter2');
    expect(JSON.stringify(line)).toContain('[redacted]');
  });

  it('shows of an error only name, message, code, stack and cause', () => {
    const cause = Object.assign(new Error('inner'), { config: { auth: 'hunter2' } });
    const error = Object.assign(new Error('outer', { cause }), {
      code: 'ECONNRESET',
      config: { headers: { Authorization: 'Bearer hunter2' }, data: 'client_secret=hunter2' },
    });
    const [first, second] = logged((logger) => {
      logger.error({ err: error }, 'failed');
      logger.error(error);
    });
    for (const line of [first, second]) {
      expect(line).toMatchObject({
        err: { message: 'outer', code: 'ECONNRESET', cause: { message: 'inner' } },
      });
      expect(JSON.stringify(line)).not.toContain('hunter2');
    }
  });

  it('blots out known secrets and bearer tokens in any text', () => {
    const secrets = ['s3cr3t"quoted'];
    const [line] = logged(
      (logger) => logger.info(`with s3cr3t"quoted and Bearer eyJhbGci.x-y_z= in it`),
      secrets,
    );
    expect(line?.['msg']).toBe('with [redacted] and Bearer [redacted] in it');
  });
});
