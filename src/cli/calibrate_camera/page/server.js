// Talks to the program: what the site file says, what it would say, and writing it.

async function told(answer) {
  if (answer.ok || answer.status === 422) return answer.json();
  const error = new Error((await answer.text()).trim() || `answer ${answer.status}`);
  error.isChanged = answer.status === 409;
  throw error;
}

async function ask(...request) {
  let answer;
  try {
    answer = await fetch(...request);
  } catch {
    throw new Error('phasewise does not answer; is it still running in its terminal?');
  }
  return told(answer);
}

const post = (name, body) => ask(name, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

export const state = () => ask('state');
export const check = (version, edits) => post('check', { version, edits });
export const save = (version, edits) => post('save', { version, edits });
