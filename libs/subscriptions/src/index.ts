export * from './feed/cloud-event.js';
export * from './feed/event-selection.js';
export * from './feed/event-streams.js';
export * from './feed/feed.js';
export * from './feed/incident-facts.js';
export * from './feed/live-tail.js';
export * from './subscriptions.module.js';
