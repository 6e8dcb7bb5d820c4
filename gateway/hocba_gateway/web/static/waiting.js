// An agent that is busy for another tab is free again by itself: the page says so, waits, and goes on without a press.

import { AgentBusy, Cancelled } from "/static/agent/hocba-agent.js";

const AGAIN_AFTER = 1000;

/**
 * What `what()` resolves to as soon as the agent is free for it. `tell` hears the AgentBusy before each wait;
 * where `stopped()` is true after one, Cancelled is thrown.
 */
export async function whenFree(what, tell, stopped) {
  for (;;) {
    try {
      return await what();
    } catch (error) {
      await pause(error, tell, stopped);
    }
  }
}

/** The values of a job, which begins as soon as the agent is free for it. */
export async function* valuesWhenFree(job, tell, stopped) {
  for (;;) {
    try {
      return yield* job.run();
    } catch (error) {
      await pause(error, tell, stopped);
    }
  }
}

async function pause(error, tell, stopped = () => false) {
  if (!(error instanceof AgentBusy)) throw error;
  tell(error);
  await new Promise((wait) => setTimeout(wait, AGAIN_AFTER));
  if (stopped()) throw new Cancelled();
}
