"""An independent MLLP receiver: python-hl7's server, which parses each message,
appends its octets to a spool file as `size LF octets` and answers with the
library's own acknowledgement.

    python_hl7_receiver.py SPOOL [PORT]

Prints the port it listens on (127.0.0.1) and serves until it is killed.
"""

import asyncio
import sys

import hl7
import hl7.mllp

ENCODING = "latin-1"  # every octet is a character: what is spooled is what came
LIMIT = 64 * 1024 * 1024


async def serve_connection(reader, writer, spool):
    try:
        while not reader.at_eof():
            octets = await reader.readblock()
            message = hl7.parse(octets, ENCODING)
            spool.write(b"%d\n" % len(octets) + octets)
            spool.flush()
            writer.writemessage(message.create_ack(ack_code="AA"))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(spool_path, port):
    with open(spool_path, "ab") as spool:
        async def serve(reader, writer):
            await serve_connection(reader, writer, spool)

        server = await hl7.mllp.start_hl7_server(
            serve, host="127.0.0.1", port=port, encoding=ENCODING, limit=LIMIT)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0))
