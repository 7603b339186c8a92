import { ENDPOINT_IN_FLIGHT_MAX, Endpoints } from './endpoints.js';

const URL_ONE = 'https://one.example/a';

describe('One endpoint', () => {
  const queued = () => {
    const who = { woken: 0, wake: () => void (who.woken += 1) };
    return who;
  };
  const full = () => {
    const endpoints = new Endpoints();
    const ends = Array.from({ length: ENDPOINT_IN_FLIGHT_MAX }, () => endpoints.take(URL_ONE, queued()));
    return { endpoints, end: () => ends.pop()?.() };
  };

  it('is given to those who queue in their order, also when the one that had it comes back first', () => {
    const { endpoints, end } = full();
    const [first, second, third] = [queued(), queued(), queued()];
    for (const who of [first, second]) expect(endpoints.take('https://one.example/b', who)).toBeUndefined();
    end();
    expect([first.woken, second.woken]).toEqual([1, 0]);
    expect(endpoints.take(URL_ONE, third)).toBeUndefined();
    expect(endpoints.take(URL_ONE, second)).toBeUndefined();
    expect(endpoints.take(URL_ONE, first)).toBeDefined();
    end();
    expect([second.woken, third.woken]).toEqual([1, 0]);
  });

  it('goes to the next one when the first wants it no more, or wants another', () => {
    const { endpoints, end } = full();
    const [first, second, third] = [queued(), queued(), queued()];
    for (const who of [first, second, third]) endpoints.take(URL_ONE, who);
    end();
    expect(endpoints.take('https://other.example/', first)).toBeDefined();
    expect(second.woken).toBe(1);
    endpoints.leave(second);
    expect(third.woken).toBe(1);
    expect(endpoints.take(URL_ONE, third)).toBeDefined();
  });
});
