using System.Diagnostics;

namespace FineWebTorch.Grpc.Tests.Infrastructure;

/// <summary>Programs of <c>peers/</c>, which speak gRPC by other libraries.</summary>
internal static class Peer
{
    private static readonly string Folder = Path.Combine(TestData.RepositoryRoot, "tests", "Grpc.Tests", "peers");

    private static readonly string Modules = Path.Combine(TestData.RepositoryRoot, "tests", "peers", "node_modules");

    /// <summary>Starts a client that makes its calls to an address, then ends.</summary>
    public static Process StartClient(string name, Uri address)
    {
        if (name == "grpcio") return StartPython("client.py", address.Authority);
        var node = Executables.Require("node");
        Executables.Demand(Directory.Exists(Modules), "needs the npm packages of tests/peers");
        var proto = Path.Combine(TestData.RepositoryRoot, "tests", "Grpc.Tests", "protos", "testing.proto");
        return Start(node, Path.Combine(Folder, "client.mjs"), address.Authority, proto, Modules);
    }

    public static Process StartServer() => StartPython("server.py");

    // Debian's interpreter has Debian's python3-grpcio, whatever else is first on PATH.
    private static Process StartPython(string script, params string[] arguments)
    {
        var python = Executables.Require("/usr/bin/python3");
        using var probe = Start(python, "-c", "import grpc");
        probe.WaitForExit();
        Executables.Demand(probe.ExitCode == 0, "needs the Debian package python3-grpcio");
        return Start(python, [Path.Combine(Folder, script), .. arguments]);
    }

    private static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return Process.Start(start)!;
    }
}
