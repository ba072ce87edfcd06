using System.Text.Json;

namespace FineWebTorch.Model.Tokenization;

/// <summary>Reads which two tokens stand around a text.</summary>
internal sealed class PostProcessorReader(JsonSection file)
{
    private const string Supported = "one special token before the text and one behind it, as [CLS] and [SEP]";

    /// <returns>The ids of the first and the last token.</returns>
    public (int First, int Last) Read(TokenIds tokens)
    {
        var section = file.Object("post_processor")
            ?? throw file.Wrong($"post_processor is missing; supported is {Supported}");
        return section.Text("type") switch
        {
            "TemplateProcessing" => ReadTemplate(section, tokens),
            "BertProcessing" => (ReadPair(section, "cls", tokens), ReadPair(section, "sep", tokens)),
            var type => throw file.Wrong($"post_processor is {type ?? "of no type"}; supported is {Supported}"),
        };
    }

    private (int First, int Last) ReadTemplate(JsonSection section, TokenIds tokens)
    {
        var parts = section.Objects("single").ToList();
        if (parts.Count != 3 || parts[1].Object("Sequence") is null)
            throw Unsupported(section);
        return (ReadSpecial(section, parts[0], tokens), ReadSpecial(section, parts[2], tokens));
    }

    private int ReadSpecial(JsonSection section, JsonSection part, TokenIds tokens)
    {
        var name = part.Object("SpecialToken")?.Text("id") ?? throw Unsupported(section);
        var token = section.Object("special_tokens")?.Object(name) ?? throw Unsupported(section);
        var ids = token.Element("ids");
        if (ids is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() != 1)
            throw Unsupported(section);
        return CheckedId(name, list[0], tokens);
    }

    /// <summary>BertProcessing writes ["[SEP]", 102].</summary>
    private int ReadPair(JsonSection section, string key, TokenIds tokens)
    {
        if (section.Element(key) is not { ValueKind: JsonValueKind.Array } pair || pair.GetArrayLength() != 2
            || pair[0].ValueKind != JsonValueKind.String)
            throw Unsupported(section);
        return CheckedId(pair[0].GetString()!, pair[1], tokens);
    }

    private int CheckedId(string name, JsonElement value, TokenIds tokens)
    {
        var expected = tokens.IdOf(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id == expected
            ? id
            : throw file.Wrong($"post_processor gives {name} the id {value.GetRawText()}, "
                + $"but the vocabulary {expected}; fetch the file again");
    }

    private ModelFileException Unsupported(JsonSection section) =>
        file.Wrong($"{section.NameOf("single")} is not supported; supported is {Supported}");
}
