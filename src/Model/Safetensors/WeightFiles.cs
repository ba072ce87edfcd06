using System.Text.Json;

namespace FineWebTorch.Model.Safetensors;

/// <summary>
/// Which files hold the weights of a model folder: <c>model.safetensors</c>, or else the shards that
/// <c>model.safetensors.index.json</c> names (<c>{"weight_map": {tensor: file}}</c>).
/// </summary>
internal static class WeightFiles
{
    public const string Single = "model.safetensors";
    public const string Index = "model.safetensors.index.json";

    /// <summary>File names that decide the weights, the index among them.</summary>
    public static IEnumerable<string> Names(string folder)
    {
        if (File.Exists(Path.Combine(folder, Single)))
            return [Single];
        var shards = ReadIndex(folder).Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var missing = shards.Find(shard => !File.Exists(Path.Combine(folder, shard)));
        return missing is null
            ? shards.Prepend(Index)
            : throw new FileNotFoundException(
                $"{Path.Combine(folder, missing)}: this shard is missing, {Index} names it; fetch the whole folder",
                Path.Combine(folder, missing));
    }

    /// <summary>From tensor to file name; names that would lead out of the folder are refused.</summary>
    /// <exception cref="ModelFileException">The index cannot be used.</exception>
    public static IReadOnlyDictionary<string, string> ReadIndex(string folder)
    {
        var path = Path.Combine(folder, Index);
        using var document = JsonFile.ReadObject(path);
        if (!document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new ModelFileException(path, "has no weight_map; fetch the file again");
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in map.EnumerateObject())
        {
            var shard = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : "";
            if (!IsPlainName(shard))
                throw new ModelFileException(
                    path, $"puts tensor '{property.Name}' into '{shard}', which is no .safetensors file of this folder");
            if (!files.TryAdd(property.Name, shard))
                throw new ModelFileException(path, $"names tensor '{property.Name}' twice; fetch the file again");
        }
        return files;
    }

    private static bool IsPlainName(string shard) =>
        shard.EndsWith(".safetensors", StringComparison.Ordinal)
        && shard.AsSpan().IndexOfAny("/\\:\0") < 0
        && shard[0] != '.';
}
