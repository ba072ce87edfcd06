using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineWebTorch.Bench;

/// <summary>What one program measured: a JSON file, put together with those of the others for the one table.</summary>
/// <param name="Machine">Where; see <see cref="Bench.Machine"/>.</param>
/// <param name="Rows">In the table's order.</param>
public sealed record BenchFile(string Machine, IReadOnlyList<BenchRow> Rows)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="InvalidDataException">It holds something else.</exception>
    public static BenchFile Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchFile>(File.ReadAllText(path), Options) is { Rows: not null } file
                ? file
                : throw new InvalidDataException($"{path}: holds no rows");
        }
        catch (JsonException damage)
        {
            throw new InvalidDataException($"{path}: not a benchmark's results: {damage.Message}", damage);
        }
    }

    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Options) + "\n");
    }
}
