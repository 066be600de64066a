import { redirect } from 'next/navigation';
import { sessions } from '../../latchkey';

export default async function Page() {
  const { account, data } = await sessions().session();
  async function note(form: FormData): Promise<void> {
    'use server';
    await sessions().action(async (session) => {
      session.data['note'] = String(form.get('note'));
      redirect('/page-for-people');
    })();
  }
  return (
    <main>
      <h1>Hello {account?.name ?? 'stranger'}</h1>
      <p>Note: {String(data['note'] ?? 'none')}</p>
      <form action={note}>
        <label>
          Note <input name="note" />
        </label>
        <button type="submit">Keep</button>
      </form>
    </main>
  );
}
