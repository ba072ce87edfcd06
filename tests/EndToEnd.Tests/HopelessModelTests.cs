using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>A model whose weights are finite, and none of whose scores is.</summary>
public sealed class HopelessModelTests : IDisposable
{
    private readonly RunFolder _folder = new();
    private readonly TemporaryFolder _model = TemporaryFolder.CopyOf(TestData.EduTiny);

    public HopelessModelTests()
    {
        var path = _model.File("model.safetensors");
        var bytes = File.ReadAllBytes(path);
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var tensors = JsonNode.Parse(bytes.AsSpan(8, header))!;
        Fill("bert.pooler.dense.bias", 100);
        Fill("classifier.weight", float.MaxValue);
        File.WriteAllBytes(path, bytes);

        void Fill(string tensor, float value)
        {
            var place = tensors[tensor]!["data_offsets"]!;
            MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + header)[(int)place[0]!..(int)place[1]!]).Fill(value);
        }
    }

    public void Dispose()
    {
        _folder.Dispose();
        _model.Dispose();
    }

    [Fact]
    public async Task Run_NoScoreIsFinite_StopsWithOneLineAndPublishesNothing()
    {
        string[] arguments =
        [
            "run", "--input", _folder.Input, "--output", _folder.Output("x"), "--run", _folder.Run("x"),
            "--model", _model.Path, "--listen", "127.0.0.1:0", "--local-workers", "1",
        ];
        // The same command again finds the scores in the ledger.
        for (var i = 0; i < 2; i++)
        {
            var (exit, _, errors) = await ProgramProcess.RunAsync("coordinator", arguments);
            Assert.Equal(1, exit);
            Assert.Single(errors.Split('\n'), line => line.Contains("gives no finite score", StringComparison.Ordinal));
            Assert.Empty(Directory.Exists(_folder.Output("x"))
                ? Directory.GetFiles(_folder.Output("x"), "*.parquet", SearchOption.AllDirectories) : []);
        }
    }

    [Fact]
    public async Task Score_NoScoreIsFinite_EndsWithOneLine()
    {
        var input = Directory.GetFiles(_folder.Input, "*.parquet", SearchOption.AllDirectories)[0];
        var output = Path.Combine(_folder.Root, "scores.parquet");
        var (exit, _, errors) = await ProgramProcess.RunAsync(
            "worker", "score", input, "--model", _model.Path, "--device", "cpu", "--format", "parquet", "--output", output);
        Assert.Equal(1, exit);
        Assert.Contains("gives no finite score", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }
}
