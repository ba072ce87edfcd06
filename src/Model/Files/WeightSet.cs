using System.Text.Json;

namespace FineWebTorch.Model.Files;

/// <summary>All tensors of a model folder, whichever files they lie in.</summary>
internal sealed class WeightSet : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];

    /// <summary>By today's name of a tensor.</summary>
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _tensors =
        new(StringComparer.Ordinal);

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private WeightSet(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Names of tensors that nobody has asked for.</summary>
    public IEnumerable<string> Unused => _tensors.Keys.Where(name => !_used.Contains(name)).Order(StringComparer.Ordinal);

    /// <exception cref="ModelFileException">A file is damaged, or a shard and the index disagree.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static WeightSet Open(string folder)
    {
        var set = new WeightSet(folder);
        try
        {
            List<string> names = [.. WeightFiles.Names(folder)];
            var index = names.Contains(WeightFiles.Single) ? null : WeightFiles.ReadIndex(folder);
            foreach (var name in names.Where(name => name != WeightFiles.Index))
                set.Add(name, index);
            if (index is not null)
                set.CheckAllThere(index);
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>A tensor of the given shape and a type that serves as weights.</summary>
    /// <exception cref="ModelFileException">It is missing or something else.</exception>
    public (SafetensorsFile File, SafetensorsEntry Entry) Get(string name, params ReadOnlySpan<long> shape)
    {
        if (!_tensors.TryGetValue(name, out var tensor))
            throw new ModelFileException(
                Folder, $"lacks the tensor '{name}'; this is not the checkpoint of a BERT classifier with one label");
        var (file, entry) = tensor;
        if (entry.Dtype is not (
            SafetensorsDtype.F64 or SafetensorsDtype.F32 or SafetensorsDtype.F16 or SafetensorsDtype.BF16))
            throw new ModelFileException(
                file.Path, $"has tensor '{entry.Name}' in {entry.Dtype}; weights in F64, F32, F16 or BF16 are supported");
        var same = entry.Shape.Count == shape.Length;
        for (var i = 0; same && i < shape.Length; i++)
            same = entry.Shape[i] == (ulong)shape[i];
        if (!same)
            throw new ModelFileException(
                file.Path, $"has tensor '{entry.Name}' in shape {entry.ShapeText}, where config.json asks for "
                + $"[{string.Join(", ", shape.ToArray())}]; the files of this folder do not belong together");
        _used.Add(name);
        return (file, entry);
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void Add(string name, IReadOnlyDictionary<string, string>? index)
    {
        var file = SafetensorsFile.Open(Path.Combine(Folder, name));
        _files.Add(file);
        foreach (var (tensor, entry) in file.Entries)
        {
            if (index is not null && index.GetValueOrDefault(tensor) != name)
                throw new ModelFileException(file.Path, $"holds tensor '{tensor}', which {WeightFiles.Index} puts into "
                    + $"{index.GetValueOrDefault(tensor) ?? "no file"}; fetch the whole folder again");
            if (!_tensors.TryAdd(TensorNames.Today(tensor), (file, entry)))
                throw new ModelFileException(file.Path, $"holds tensor '{tensor}' under another name too; "
                    + "save the model again with save_pretrained()");
        }
    }

    private void CheckAllThere(IReadOnlyDictionary<string, string> index)
    {
        var missing = index.FirstOrDefault(pair =>
            !_tensors.TryGetValue(TensorNames.Today(pair.Key), out var tensor) || tensor.Entry.Name != pair.Key);
        if (missing.Key is not null)
            throw new ModelFileException(Path.Combine(Folder, missing.Value),
                $"lacks tensor '{missing.Key}', which {WeightFiles.Index} puts there; fetch the whole folder again");
    }
}

/// <summary>Names of tensors as transformers writes them today.</summary>
internal static class TensorNames
{
    /// <summary>What torch.compile puts before the names of what it compiles, wherever that is in the model.</summary>
    private const string Compiled = "_orig_mod.";

    /// <summary>What DataParallel and its kin put before all names.</summary>
    private const string Parallel = "module.";

    /// <summary>Leaves out what wrappers put before a name, and gives LayerNorm's parts the names that are theirs now.</summary>
    public static string Today(string name)
    {
        name = name.Replace(Compiled, "", StringComparison.Ordinal);
        while (name.StartsWith(Parallel, StringComparison.Ordinal))
            name = name[Parallel.Length..];
        return name.Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal)
            .Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal);
    }
}

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
