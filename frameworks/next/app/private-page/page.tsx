import { sessions } from '../../latchkey';

export default async function Page() {
  const { account } = await sessions().session();
  return <h1>Private: {account?.name}</h1>;
}
