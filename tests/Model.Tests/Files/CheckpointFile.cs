using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model.Tests.Files;

/// <summary>The small model's folder with its weights written otherwise.</summary>
internal static class CheckpointFile
{
    /// <param name="rename">From a tensor's name to another.</param>
    /// <param name="change">What becomes of a tensor's numbers.</param>
    public static TemporaryFolder Of(
        Func<string, string>? rename = null, bool asDouble = false, Action<string, float[]>? change = null)
    {
        var folder = TemporaryFolder.CopyOf(TestData.EduTiny);
        var path = Path.Combine(folder.Path, WeightFiles.Single);
        byte[] bytes;
        using (var file = SafetensorsFile.Open(path))
            bytes = Written(file, rename ?? (name => name), asDouble, change);
        File.WriteAllBytes(path, bytes);
        return folder;
    }

    private static byte[] Written(
        SafetensorsFile file, Func<string, string> rename, bool asDouble, Action<string, float[]>? change)
    {
        var (header, data) = (new JsonObject(), new List<byte>());
        foreach (var (name, entry) in file.Entries.OrderBy(pair => pair.Value.Begin))
        {
            var numbers = MemoryMarshal.Cast<byte, float>(file.Bytes(entry)).ToArray();
            change?.Invoke(name, numbers);
            var begin = data.Count;
            data.AddRange(asDouble
                ? MemoryMarshal.AsBytes<double>([.. numbers.Select(number => (double)number)])
                : MemoryMarshal.AsBytes<float>(numbers));
            header[rename(name)] = new JsonObject
            {
                ["dtype"] = asDouble ? "F64" : "F32",
                ["shape"] = new JsonArray([.. entry.Shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(begin, data.Count),
            };
        }

        return SafetensorsBytes.Of(Encoding.UTF8.GetBytes(header.ToJsonString()), [.. data]);
    }
}
