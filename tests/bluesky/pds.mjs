// A real Bluesky server (PDS) with its own directory of identities (PLC), on the ports that the environment names.
import { TestNetworkNoAppView } from '@atproto/dev-env';

const network = await TestNetworkNoAppView.create({
  pds: { port: Number(process.env.PORT), hostname: 'localhost', enableDidDocWithSession: true },
  plc: { port: Number(process.env.PLC_PORT) },
});
process.on('SIGTERM', async () => {
  await network.close();
  process.exit(0);
});
