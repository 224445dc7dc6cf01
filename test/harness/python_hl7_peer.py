"""An MLLP receiver built on python-hl7's own server, as a program of its own:
python_hl7_peer.py FILE. Prints its port; appends each message it got to FILE, as
hexadecimal, and answers with python-hl7's create_ack().
"""

import asyncio
import sys

from hl7.mllp import start_hl7_server


async def serve(path):
    async def receive(reader, writer):
        try:
            while not writer.is_closing():
                message = await reader.readmessage()
                with open(path, "a", encoding="ascii") as log:
                    log.write(str(message).encode("latin-1").hex() + "\n")
                writer.writemessage(message.create_ack())
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()

    async with await start_hl7_server(receive, host="127.0.0.1", port=0,
                                      encoding="latin-1") as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(serve(sys.argv[1]))
