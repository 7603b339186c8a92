import { APPEND_ROOM } from '#libs/domain';
import { APPEND_BYTES_MAX, APPEND_EVENTS_MAX } from '#libs/event-store';

describe('What the domain decides at once', () => {
  it('is what a store takes at once', () => {
    expect(APPEND_ROOM).toEqual({ events: APPEND_EVENTS_MAX, bytes: APPEND_BYTES_MAX });
  });
});
