"""A patient registry built on python-hl7's own server, as a program of its own: answers
each query with RSP^K22, which holds what was asked and a patient, all else with
python-hl7's create_ack(). python_hl7_registry.py prints its port.
"""

import asyncio

import hl7
from hl7.mllp import start_hl7_server


def response_to(message):
    header, query = message.segment("MSH"), message.segment("QPD")
    tag = str(query[2])
    text = (f"MSH|^~\\&|REG|CENTRAL|{header[3]}|WARD|20260403||"
            f"RSP^K22^RSP_K21|R{tag}|P|2.5\rMSA|AA|{header[10]}\r"
            f"QAK|{tag}|OK\r{query}\rPID|1||{tag}-77^^^REG^MR\r")
    return hl7.parse(text)


async def serve():
    async def receive(reader, writer):
        try:
            while not writer.is_closing():
                message = await reader.readmessage()
                is_query = str(message.segment("MSH")[9]).startswith("QBP")
                writer.writemessage(response_to(message) if is_query else message.create_ack())
                await writer.drain()
        except asyncio.IncompleteReadError:
            writer.close()

    async with await start_hl7_server(receive, host="127.0.0.1", port=0,
                                      encoding="latin-1") as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(serve())
