"""The door over small sessions, and the unmodified client knocking at it."""

import contextlib
import os
import uuid

import grpc
import pytest
from pyspark.sql.connect.proto import base_pb2, base_pb2_grpc

from boathouse.connect.inside import InsideBuilder, InsideChannel
from boathouse.connect.server import ConnectServer
from tests.connect.fake import FakeSession

TOKEN = "open sesame".replace(" ", "-")


class Door:
    """A server, the sessions it opened, and ways in: by its port, or from inside its process."""

    def __init__(self, *, inside=False):
        self.sessions = {}
        self.server = ConnectServer(self._open, token=TOKEN)
        self.server.start()
        self.url = f"sc://localhost:{self.server.port}/;token={TOKEN}"
        self.connection = InsideBuilder(self.server.running) if inside else self.url
        self.channel = (
            InsideChannel(self.server.running)
            if inside
            else grpc.insecure_channel(f"localhost:{self.server.port}")
        )
        self.stub = base_pb2_grpc.SparkConnectServiceStub(self.channel)
        self.metadata = [("authorization", f"Bearer {TOKEN}")]

    def _open(self, user, id):
        session = FakeSession(user, id)
        self.sessions[id] = session
        return session

    def call(self, method, request, **options):
        return getattr(self.stub, method)(request, metadata=self.metadata, **options)

    def plan(self, end, *, reattachable=False, session=None, table=None):
        request = base_pb2.ExecutePlanRequest(
            session_id=session or str(uuid.uuid4()), operation_id=str(uuid.uuid4())
        )
        if table:
            request.plan.root.read.named_table.unparsed_identifier = table
        else:
            request.plan.root.range.end = end
            request.plan.root.range.step = 1
        if reattachable:
            request.request_options.add().reattach_options.reattachable = True
        return request

    def close(self):
        self.channel.close()
        self.server.stop()


@pytest.fixture(params=["port", "inside"])
def door(request):
    with contextlib.closing(Door(inside=request.param == "inside")) as door:
        yield door


@pytest.fixture
def port():
    """A door that is called by its port alone."""
    with contextlib.closing(Door()) as door:
        yield door


@pytest.fixture
def spark(door):
    os.environ.setdefault("SPARK_HOME", ".")
    from pyspark.sql.connect.session import SparkSession

    spark = SparkSession(door.connection, userId="someone")
    # What sends Python code asks for the active session.
    SparkSession._set_default_and_active_session(spark)
    yield spark
    spark.stop()


@pytest.fixture
def session(door, spark):
    """The server's side of `spark`."""
    spark.range(0).collect()
    return door.sessions[spark.session_id]
