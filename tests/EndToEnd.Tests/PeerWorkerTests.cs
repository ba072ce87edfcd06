using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using FineWebTorch.Common;
using FineWebTorch.Parquet;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>What stands in src/Protos is all that a worker of another make needs: one on @grpc/grpc-js joins a run.</summary>
public sealed class PeerWorkerTests : IDisposable
{
    private readonly RunFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Worker_OnGrpcJs_GetsALeaseAndItsScoresAreKeptWhenItLeaves()
    {
        var peers = Path.Combine(TestData.RepositoryRoot, "tests", "peers");
        var node = Executables.Require("node");
        Executables.Demand(
            Directory.Exists(Path.Combine(peers, "node_modules", "@grpc", "grpc-js")),
            "needs npm's grpc-js in tests/peers");
        var file = Directory.GetFiles(_folder.Input, "*.parquet", SearchOption.AllDirectories).Order().First();
        var rows = ParquetFile.Inspect(file).Rows;
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(file, Cancelled)));
        await using (var coordinator = ProgramProcess.Start("coordinator", _folder.Arguments("peer")))
        {
            var address = new Uri((await coordinator.WorkerArgumentsAsync())[^1]).Authority;
            await using var peer = ProgramProcess.StartPeer(
                node, Path.Combine(peers, "worker.mjs"), address,
                Path.Combine(TestData.RepositoryRoot, "src", "Protos"), Version, $"{rows}", sha256,
                JoinToken.OfOwner(_folder.Run("peer"))!.Secret.Reveal());
            Assert.True(await peer.ExitAsync() == 0, peer.Errors);

            var expected = new JsonObject
            {
                ["run"] = new JsonObject
                {
                    ["model"] = new JsonArray(
                        "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"),
                    ["window_rows"] = 8,
                },
                ["lease"] = new JsonObject
                {
                    ["file"] = Path.GetRelativePath(_folder.Input, file),
                    ["first_window"] = 0,
                    ["rows"] = $"{rows}",
                },
                ["stored"] = "1",
                ["status"] = 0,
            };
            Assert.Equal(expected.ToJsonString(), peer.Output.Trim());
            Assert.DoesNotContain("is lost", coordinator.Output + coordinator.Errors, StringComparison.Ordinal);
            coordinator.Signal("KILL");
            await coordinator.ExitAsync();
        }

        var (exit, status, errors) = await ProgramProcess.RunAsync(
            "coordinator", "status", "--run", _folder.Run("peer"), "--json");
        Assert.True(exit == 130, errors);
        Assert.Equal("stopped", (string)JsonNode.Parse(status)!["state"]!);
        Assert.Equal(8, (int)JsonNode.Parse(status)!["rows_scored"]!);
    }

    /// <summary>A coordinator takes workers of its own version alone.</summary>
    private static string Version => FileVersionInfo.GetVersionInfo(ProgramProcess.PathOf("coordinator")).ProductVersion!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;
}
