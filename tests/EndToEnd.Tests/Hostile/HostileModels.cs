using System.Text.Json.Nodes;

namespace FineWebTorch.EndToEnd.Tests.Hostile;

/// <summary>Model folders of strangers; each is a good one with something changed.</summary>
internal static class HostileModels
{
    private const string Weights = "model.safetensors";
    private const string Index = "model.safetensors.index.json";
    private static readonly string Deep = new string('[', 100_000) + new string(']', 100_000);

    /// <summary>What is changed, and what is said of it.</summary>
    public static IReadOnlyDictionary<string, (Action<TemporaryFolder> Change, string Said)> All { get; } =
        new Dictionary<string, (Action<TemporaryFolder>, string)>(StringComparer.Ordinal)
        {
            ["header-100-mb"] = (folder => Header(folder, 100_000_000), "has 100000000 bytes, over the limit of 16000000"),
            ["header-2-63"] = (folder => Header(folder, 1L << 62), "over the limit of 16000000"),
            ["vocabulary-text"] = (WriteVocabulary, "too many for this file"),
            ["vocabulary-json"] = (WriteTokenizer, "too many for this file"),
            ["deep-config"] = (folder => folder.Write("config.json", $"{{\"a\": {Deep}}}"), "is not valid JSON"),
            ["deep-tokenizer"] = (folder => folder.Write("tokenizer.json", $"{{\"a\": {Deep}}}"), "is not valid JSON"),
            ["deep-index"] = (folder => WriteIndex(folder, Deep), "is not valid JSON"),
            ["huge-size"] = (folder => Configure(folder, "hidden_size", 1L << 40), "hidden_size is "),
            ["pickle"] = (Pickle, "its pytorch_model.bin cannot be used"),
            ["index-outside"] = (folder => WriteIndex(folder, "{\"a\": \"../secret.safetensors\"}"), "../secret.safetensors"),
            ["index-absolute"] = (folder => WriteIndex(folder, "{\"a\": \"/etc/passwd\"}"), "/etc/passwd"),
            ["config-is-a-device"] = (folder => Link(folder, "config.json", "/dev/zero"), "a device or pipe"),
            ["tokenizer-is-a-device"] = (folder => Link(folder, "tokenizer.json", "/dev/urandom"), "a device or pipe"),
            ["weights-are-a-device"] = (folder => Link(folder, Weights, "/dev/zero"), "a device or pipe"),
            ["weights-are-a-pipe"] = (MakePipe, "a device or pipe"),
        };

    /// <summary>10 million tokens: 79 MB.</summary>
    private static void WriteVocabulary(TemporaryFolder folder)
    {
        File.Delete(folder.File("tokenizer.json"));
        using var file = new StreamWriter(folder.File("vocab.txt"));
        for (var token = 0; token < 10_000_000; token++)
            file.Write($"{token:x}\n");
    }

    private static void WriteTokenizer(TemporaryFolder folder)
    {
        using var file = new StreamWriter(folder.File("tokenizer.json"));
        file.Write("""{"pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "WordPiece", "vocab": {""");
        for (var token = 0; token < 10_000_000; token++)
            file.Write($"\"{token:x}\":1,");
        file.Write("\"z\":1}}}");
    }

    private static void Header(TemporaryFolder folder, long length)
    {
        using var file = File.Create(folder.File(Weights));
        file.Write(BitConverter.GetBytes(length));
        file.SetLength(200 << 20);
    }

    private static void WriteIndex(TemporaryFolder folder, string map)
    {
        File.Delete(folder.File(Weights));
        folder.Write(Index, $"{{\"weight_map\": {map}}}");
    }

    private static void Configure(TemporaryFolder folder, string key, long value)
    {
        var json = JsonNode.Parse(File.ReadAllText(folder.File("config.json")))!;
        json[key] = value;
        folder.Write("config.json", json.ToJsonString());
    }

    private static void Pickle(TemporaryFolder folder)
    {
        File.Delete(folder.File(Weights));
        folder.Write("pytorch_model.bin", "cos\nsystem\n(S'touch pickled'\ntR.");
    }

    private static void Link(TemporaryFolder folder, string name, string target)
    {
        File.Delete(folder.File(name));
        File.CreateSymbolicLink(folder.File(name), target);
    }

    private static void MakePipe(TemporaryFolder folder)
    {
        File.Delete(folder.File(Weights));
        HostileParquet.MakePipe(folder.File(Weights));
    }
}
