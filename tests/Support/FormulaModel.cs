using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace FineWebTorch.Support;

/// <summary>
/// Model folders whose weights are made by a formula, so that a checkpoint of any size is there in seconds and the
/// same everywhere: value i of a tensor is splitmix64's i-th output from the FNV-1a hash of the tensor's name, as a
/// number from -1 to 1, times a scale.
/// </summary>
public static class FormulaModel
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const int Chunk = 1 << 20;

    /// <summary>
    /// A folder with <c>BertForSequenceClassification</c> in BERT-base's shape (438 MB), MiniLM's tokenizer and the
    /// formula's weights; made once and kept below artifacts/.
    /// </summary>
    public static string BertBase()
    {
        const string name = "bert-base-formula";
        var folder = Path.Combine(TestData.RepositoryRoot, "artifacts", "test-models", name);
        Make(folder, TestData.Directory("models", name, "config.json"), TestData.Directory("models", "minilm-edu"));
        return folder;
    }

    /// <summary>Makes a model folder unless it is there.</summary>
    /// <param name="folder">Appears when it is complete.</param>
    /// <param name="config">The config.json that says its shape.</param>
    /// <param name="tokenizer">The folder whose tokenizer it gets.</param>
    public static void Make(string folder, string config, string tokenizer)
    {
        if (Directory.Exists(folder))
            return;
        var partial = $"{folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(partial);
        File.Copy(config, Path.Combine(partial, "config.json"), overwrite: true);
        foreach (var file in (ReadOnlySpan<string>)["tokenizer.json", "tokenizer_config.json", "vocab.txt"])
            File.Copy(Path.Combine(tokenizer, file), Path.Combine(partial, file), overwrite: true);
        Write(Path.Combine(partial, "model.safetensors"), Tensors(config));
        try
        {
            Directory.Move(partial, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(partial, recursive: true); // another process was faster
        }
    }

    /// <summary>The first values of a tensor.</summary>
    public static void Fill(string name, long start, Span<float> values)
    {
        var seed = 0xcbf29ce484222325;
        foreach (var one in Encoding.UTF8.GetBytes(name))
            seed = (seed ^ one) * 0x100000001b3;
        var norm = name.EndsWith("LayerNorm.weight", StringComparison.Ordinal);
        var scale = ScaleOf(name);
        for (var i = 0; i < values.Length; i++)
        {
            var z = seed + ((ulong)(start + i) + 1) * Golden;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            var v = 2f * ((float)(z >> 40) / (1 << 24)) - 1f;
            values[i] = norm ? 1f + (v * scale) : v * scale;
        }
    }

    private static float ScaleOf(string name) =>
        name.Contains("LayerNorm", StringComparison.Ordinal) || name.Contains("embeddings", StringComparison.Ordinal)
            ? 0.1f
        : name == "classifier.weight" ? 0.5f
        : name.EndsWith(".bias", StringComparison.Ordinal) ? 0.05f
        : 0.06f;

    private static List<(string Name, long[] Shape)> Tensors(string configPath)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(configPath));
        long Of(string key) => config.RootElement.GetProperty(key).GetInt64();
        var (hidden, wide) = (Of("hidden_size"), Of("intermediate_size"));
        var tensors = new List<(string, long[])>
        {
            ("bert.embeddings.word_embeddings.weight", [Of("vocab_size"), hidden]),
            ("bert.embeddings.position_embeddings.weight", [Of("max_position_embeddings"), hidden]),
            ("bert.embeddings.token_type_embeddings.weight", [Of("type_vocab_size"), hidden]),
        };
        void Add(string name, params long[] shape) =>
            tensors.AddRange([($"{name}.weight", shape), ($"{name}.bias", [shape[0]])]);
        Add("bert.embeddings.LayerNorm", hidden);
        for (var layer = 0; layer < Of("num_hidden_layers"); layer++)
        {
            var name = $"bert.encoder.layer.{layer}";
            foreach (var part in (ReadOnlySpan<string>)["self.query", "self.key", "self.value", "output.dense"])
                Add($"{name}.attention.{part}", hidden, hidden);
            Add($"{name}.attention.output.LayerNorm", hidden);
            Add($"{name}.intermediate.dense", wide, hidden);
            Add($"{name}.output.dense", hidden, wide);
            Add($"{name}.output.LayerNorm", hidden);
        }
        Add("bert.pooler.dense", hidden, hidden);
        Add("classifier", 1, hidden);
        return tensors;
    }

    private static void Write(string path, List<(string Name, long[] Shape)> tensors)
    {
        // As the official library writes it: by name, the header filled up to a multiple of 8 bytes.
        var entries = new Dictionary<string, object> { ["__metadata__"] = new { format = "pt" } };
        var pieces = new List<(string Name, long Start, int Count, long Offset)>();
        var end = 0L;
        foreach (var (name, shape) in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            var count = shape.Aggregate(1L, (product, size) => product * size);
            for (var start = 0L; start < count; start += Chunk)
                pieces.Add((name, start, (int)Math.Min(Chunk, count - start), end + start * sizeof(float)));
            entries.Add(name, new { dtype = "F32", shape, data_offsets = (long[])[end, end + count * sizeof(float)] });
            end += count * sizeof(float);
        }
        var json = JsonSerializer.Serialize(entries);
        var header = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8));
        var prefix = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, preallocationSize: end);
        RandomAccess.Write(file, prefix, 0);
        RandomAccess.Write(file, header, sizeof(ulong));
        Parallel.ForEach(pieces, () => new float[Chunk], (piece, _, buffer) =>
        {
            Fill(piece.Name, piece.Start, buffer.AsSpan(0, piece.Count));
            var bytes = MemoryMarshal.AsBytes(buffer.AsSpan(0, piece.Count));
            RandomAccess.Write(file, bytes, sizeof(ulong) + header.Length + piece.Offset);
            return buffer;
        }, _ => { });
    }
}
