using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Model.Tests.Tokenization;

namespace FineWebTorch.Model.Tests.Files;

public sealed class TokenizerFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, null, 512)]
    [InlineData("128", "512", 128)]
    [InlineData("512", "64", 64)]
    [InlineData("8192", "8192", 8192)]
    [InlineData("8192", "1024", 1024)]
    [InlineData("8192", null, 512)]
    [InlineData("\"128\"", "512", 128)]
    [InlineData("\"1e30\"", "2048", 2048)]
    // transformers writes this where a tokenizer has no limit.
    [InlineData("1000000000000000019884624838656", "512", 512)]
    [InlineData("null", "null", 512)]
    public void Load_NoMaxLength_TakesTheSmallestLimit(string? tokenizer, string? config, int expected)
    {
        Write("tokenizer.json", SmallTokenizer());
        if (tokenizer is not null)
            File.WriteAllText(_folder.File("tokenizer_config.json"), $$"""{"model_max_length": {{tokenizer}}}""");
        if (config is not null)
            File.WriteAllText(_folder.File("config.json"), $$"""{"max_position_embeddings": {{config}}}""");
        Assert.Equal(expected, WordPieceTokenizer.Load(_folder.Path).MaxLength);
        Assert.Equal(7, WordPieceTokenizer.Load(_folder.Path, 7).MaxLength);
        Assert.Equal(int.MaxValue, WordPieceTokenizer.Load(_folder.Path, int.MaxValue).MaxLength);
        Assert.Throws<ArgumentOutOfRangeException>(() => WordPieceTokenizer.Load(_folder.Path, 1));
    }

    [Fact]
    public void Load_ShippedModel_TakesItsOwnIds()
    {
        var tokenizer = WordPieceTokenizer.Load(TestData.EduTiny);
        var ids = tokenizer.Ids("[CLS]");
        Assert.Equal(["[CLS]", "[CLS]", "[SEP]"], ids.Select(tokenizer.TokenOf));
        Assert.Equal(512, tokenizer.MaxLength);
        Assert.Equal(5971, tokenizer.VocabularySize);
    }

    [Fact]
    public void Load_VocabularyTextOnly_GivesTheSameIds()
    {
        foreach (var name in new[] { "vocab.txt", "tokenizer_config.json", "config.json" })
            File.Copy(Path.Combine(ReferenceSettings.ModelFolder, name), _folder.File(name));
        var tokenizer = WordPieceTokenizer.Load(_folder.Path);
        foreach (var (kind, text, ids) in ReferenceCase.ReadAll("uncased").Where(one => one.Kind != "huge").Take(1000))
            Assert.True(ids.AsSpan().SequenceEqual(tokenizer.Ids(text)), kind);
    }

    [Fact]
    public void Load_VocabularyTextWithCasedConfig_KeepsCaseAndAccents()
    {
        File.WriteAllText(_folder.File("vocab.txt"), "[UNK]\r\n<s>\r\n[SEP]\r\nÉ\r\né\r\n中");
        Write("tokenizer_config.json", new JsonObject
        {
            ["do_lower_case"] = false,
            ["tokenize_chinese_chars"] = false,
            ["cls_token"] = new JsonObject { ["content"] = "<s>" },
        });
        var tokenizer = WordPieceTokenizer.Load(_folder.Path);
        Assert.Equal(["É", "é", "<s>", "[UNK]"], tokenizer.TokensOf("É é<s>中中"));
        Assert.Equal(1, tokenizer.Ids("")[0]);
    }

    [Fact]
    public void Load_BertProcessing_IsUnderstood()
    {
        var json = SmallTokenizer();
        json["post_processor"] = new JsonObject
        {
            ["type"] = "BertProcessing",
            ["sep"] = new JsonArray("[SEP]", 2),
            ["cls"] = new JsonArray("[CLS]", 1),
        };
        Write("tokenizer.json", json);
        Assert.Equal([1, 3, 2], WordPieceTokenizer.Load(_folder.Path).Ids("a"));
    }

    [Fact]
    public void Load_AddedTokenBehindTheVocabulary_IsPartOfIt()
    {
        var json = SmallTokenizer();
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 5, ["content"] = "<x>", ["lstrip"] = true });
        Write("tokenizer.json", json);
        var tokenizer = WordPieceTokenizer.Load(_folder.Path);
        Assert.Equal(6, tokenizer.VocabularySize);
        Assert.Equal(["a", "<x>", "a", "<x>"], tokenizer.TokensOf("a <x> a<x>"));
    }

    /// <summary>A vocabulary in which one id has no token: texts have the ids of the whole one.</summary>
    [Fact]
    public void Load_SharedCaseOfAHole_GivesTheIdsOfTheWholeVocabulary()
    {
        const int Hole = 5966;
        var tokenizer = WordPieceTokenizer.Load(TestData.Shared("cases", "vocabulary-hole"));
        var whole = WordPieceTokenizer.Load(TestData.EduTiny);
        Assert.Equal(whole.VocabularySize, tokenizer.VocabularySize);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.TokenOf(Hole));
        var texts = ReferenceCase.ReadAll("uncased").Where(one => one.Kind != "huge").Take(1000)
            .Where(one => !whole.Ids(one.Text).Contains(Hole)).ToList();
        Assert.NotEmpty(texts);
        Assert.All(texts, one => Assert.Equal(whole.Ids(one.Text), tokenizer.Ids(one.Text)));
    }

    [Theory]
    [InlineData("QWZX", 2, 85, 408, 415, 399, 3)]
    [InlineData("qwzx", 2, 5971, 3)]
    [InlineData("The QWZX is the aqwzxb unit.", 2, 552, 85, 408, 415, 399, 572, 552, 69, 5971, 70, 909, 566, 18, 3)]
    public void Load_SharedCaseOfAnAddedToken_IsNoPieceOfWords(string text, params int[] expected) =>
        Assert.Equal(expected, WordPieceTokenizer.Load(TestData.Shared("cases", "added-token")).Ids(text));

    [Fact]
    public void Load_NoFiles_NamesBoth()
    {
        var thrown = Assert.Throws<FileNotFoundException>(() => WordPieceTokenizer.Load(_folder.Path));
        Assert.Contains("neither tokenizer.json nor vocab.txt", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("$.model.type", "\"BPE\"", "model is BPE")]
    [InlineData("$.model.type", "\"Unigram\"", "model is Unigram")]
    [InlineData("$.model", "null", "model is missing")]
    [InlineData("$.model", "[]", "model is []")]
    [InlineData("$.model.vocab", "null", "model.vocab is missing")]
    [InlineData("$.model.vocab.a", "-1", "has no whole number")]
    [InlineData("$.model.vocab.a", "1.5", "has no whole number")]
    [InlineData("$.model.vocab.a", "268435456", "has no whole number")]
    [InlineData("$.model.unk_token", "\"<unk>\"", "lacks \"<unk>\"")]
    [InlineData("$.model.max_input_chars_per_word", "1000000000", "from 0 to 100000")]
    [InlineData("$.model.continuing_subword_prefix", "3", "expected a text")]
    [InlineData("$.normalizer", "null", "normalizer is missing")]
    [InlineData("$.normalizer.type", "\"Lowercase\"", "normalizer is Lowercase")]
    [InlineData("$.normalizer", "{\"type\":\"Sequence\",\"normalizers\":[]}", "normalizer is missing")]
    [InlineData("$.normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFD\"}]}", "normalizer is NFD")]
    [InlineData("$.normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"BertNormalizer\"},"
        + "{\"type\":\"BertNormalizer\",\"lowercase\":false}]}", "different settings")]
    [InlineData("$.post_processor", "{\"type\":\"Sequence\",\"processors\":[]}", "a Sequence of 0 parts")]
    [InlineData("$.truncation", "{\"direction\":\"Up\"}", "truncation.direction is Up; supported is Left or Right")]
    [InlineData("$.normalizer.lowercase", "\"yes\"", "expected true or false")]
    [InlineData("$.pre_tokenizer.type", "\"Whitespace\"", "pre_tokenizer is Whitespace")]
    [InlineData("$.post_processor", "null", "post_processor is missing")]
    [InlineData("$.post_processor.type", "\"ByteLevel\"", "post_processor is ByteLevel")]
    [InlineData("$.post_processor.single", "[]", "post_processor.single is not supported")]
    [InlineData("$.post_processor.special_tokens.[CLS].ids", "[4]", "gives [CLS] the id 4")]
    [InlineData("$.post_processor.special_tokens.[SEP].id", "\"x\"", null)]
    [InlineData("$.added_tokens", "[{\"id\":5,\"content\":\"\\u200b\",\"normalized\":true}]", "the normalizer leaves")]
    [InlineData("$.added_tokens", "[{\"content\":\"x\"}]", "added_tokens[0].id is missing")]
    [InlineData("$.added_tokens", "[\"x\"]", "expected an object")]
    [InlineData("$.added_tokens", "[{\"id\":5,\"content\":\"\"}]", null)]
    [InlineData("$.truncation", "{\"max_length\":1}", null)]
    public void Load_TokenizerJsonChanged_IsRefusedByOneLine(string path, string value, string? expected)
    {
        var json = SmallTokenizer();
        Replace(json, path["$.".Length..], JsonNode.Parse(value));
        Write("tokenizer.json", json);
        if (expected is null)
        {
            Assert.Equal([1, 3, 2], WordPieceTokenizer.Load(_folder.Path).Ids("a"));
            return;
        }
        ExpectRefusal("tokenizer.json", expected);
    }

    [Theory]
    [InlineData("tokenizer.json", "", "is empty")]
    [InlineData("tokenizer.json", "[]", "is not a JSON object")]
    [InlineData("tokenizer_config.json", "{", "is not valid JSON")]
    [InlineData("tokenizer_config.json", "{\"do_lower_case\": false}", "make the two files agree")]
    [InlineData("tokenizer_config.json", "{\"strip_accents\": false}", "make the two files agree")]
    [InlineData("tokenizer_config.json", "{\"model_max_length\": 1}", "model_max_length is 1")]
    [InlineData("tokenizer_config.json", "{\"model_max_length\": \"long\"}", "\"long\"; expected a number")]
    [InlineData("tokenizer_config.json", "{\"truncation_side\": \"both\"}", "truncation_side is both")]
    [InlineData("tokenizer_config.json", "{\"split_special_tokens\": true}", "split_special_tokens is true")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"y\"}}}", "the id \"x\"")]
    [InlineData("config.json", "{\"max_position_embeddings\": -5}", "max_position_embeddings is -5")]
    public void Load_DamagedFile_IsRefusedByOneLine(string file, string content, string expected)
    {
        Write("tokenizer.json", SmallTokenizer());
        File.WriteAllText(_folder.File(file), content);
        ExpectRefusal(file, expected);
    }

    [Fact]
    public void Load_TokenTwice_HasItsLastId()
    {
        var text = SmallTokenizer().ToJsonString().Replace("\"a\":3", "\"a\":3,\"a\":4", StringComparison.Ordinal);
        File.WriteAllText(_folder.File("tokenizer.json"), text);
        Assert.Equal([1, 4, 4, 2], WordPieceTokenizer.Load(_folder.Path).Ids("ab"));
    }

    [Theory]
    [InlineData("2", 5)]
    [InlineData("7", 8)]
    [InlineData("268435455", 268435456)]
    public void Load_IdsWithHolesOrShared_AreTakenAsTheyAre(string id, int expectedSize)
    {
        var json = SmallTokenizer();
        Replace(json, "model.vocab.a", JsonNode.Parse(id));
        Write("tokenizer.json", json);
        var tokenizer = WordPieceTokenizer.Load(_folder.Path);
        Assert.Equal([1, (int)JsonNode.Parse(id)!, 4, 2], tokenizer.Ids("ab"));
        Assert.Equal(expectedSize, tokenizer.VocabularySize);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.TokenOf(3));
        Assert.Throws<InvalidOperationException>(() => tokenizer.Decode([3]));
    }

    /// <summary>tokenizers gives the ids; what a file says of a new one is not looked at.</summary>
    [Fact]
    public void Load_AddedTokenOfAnotherId_HasTheNextOneOrThatOfThePiece()
    {
        var json = SmallTokenizer();
        foreach (var (id, content) in new[] { (99, "<x>"), (7, "a"), (1, "[SEP]") })
            json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = id, ["content"] = content });
        Write("tokenizer.json", json);
        Assert.Equal([1, 5, 3, 2, 2], WordPieceTokenizer.Load(_folder.Path).Ids("<x>a[SEP]"));
    }

    [Theory]
    [InlineData("{\"max_len\": 128}", 128)]
    [InlineData("{\"max_len\": 128, \"model_max_length\": 256}", 256)]
    public void Load_OldNameOfTheLimit_CountsWhereTheNewOneIsMissing(string settings, int expected)
    {
        Write("tokenizer.json", SmallTokenizer());
        _folder.Write("tokenizer_config.json", settings);
        Assert.Equal(expected, WordPieceTokenizer.Load(_folder.Path).MaxLength);
    }

    [Theory]
    [InlineData(null, null, TruncationSide.Right)]
    [InlineData("left", null, TruncationSide.Left)]
    [InlineData(null, "Left", TruncationSide.Left)]
    [InlineData("right", "Left", TruncationSide.Right)]
    public void Load_TruncationSide_IsTheSettingsOrElseTheTokenizers(
        string? side, string? direction, TruncationSide expected)
    {
        var json = SmallTokenizer();
        if (direction is not null)
            json["truncation"] = new JsonObject { ["direction"] = direction, ["max_length"] = 4 };
        Write("tokenizer.json", json);
        Write("tokenizer_config.json", new JsonObject { ["truncation_side"] = side, ["padding_side"] = "left" });
        var tokenizer = WordPieceTokenizer.Load(_folder.Path, 4);
        Assert.Equal(expected, tokenizer.TruncationSide);
        Assert.Equal(expected == TruncationSide.Left ? [1, 4, 3, 2] : [1, 3, 4, 2], tokenizer.Ids("ab a"));
    }

    [Fact]
    public void Load_AddedTokensInTheSettings_AreAddedToo()
    {
        Write("tokenizer.json", SmallTokenizer());
        Write("tokenizer_config.json", JsonNode.Parse("""
            {"added_tokens_decoder": {
              "6": {"content": "QX", "normalized": true}, "5": {"content": "<X>", "normalized": false},
              "2": {"content": "[SEP]", "special": true}}}
            """)!.AsObject());
        Assert.Equal([1, 6, 5, 0, 0, 0, 2, 2], WordPieceTokenizer.Load(_folder.Path).Ids("qx<X><x>[SEP]"));
    }

    [Fact]
    public void Load_VocabularyTextWithOddLinesAndAddedTokens_GivesTheIdsOfTokenizers()
    {
        File.WriteAllText(_folder.File("vocab.txt"), "[UNK]\n[CLS]\n[SEP]\na\n\nb \t\na\n\n##b\n");
        File.WriteAllText(_folder.File("added_tokens.json"), """{"later": 8, "Sooner": 7}""");
        var tokenizer = WordPieceTokenizer.Load(_folder.Path);
        Assert.Equal([1, 5, 6, 8, 2], tokenizer.Ids("b ab"));
        // Seven tokens are known, of which one is empty, and so 7 is the first new id.
        Assert.Equal([1, 7, 8, 2], tokenizer.Ids("sooner LATER"));
    }

    [Fact]
    public void Load_HalfASurrogatePair_IsRefusedByOneLine()
    {
        var text = SmallTokenizer().ToJsonString().Replace("\"a\":3", "\"\\ud800\":3", StringComparison.Ordinal);
        File.WriteAllText(_folder.File("tokenizer.json"), text);
        ExpectRefusal("tokenizer.json", "half a surrogate pair");
    }

    [Theory]
    [InlineData("[UNK]\n[CLS]\na\n", "{}", "vocab.txt", "lacks \"[SEP]\"")]
    [InlineData("[UNK]\n[SEP]\na\n", "{}", "vocab.txt", "lacks \"[CLS]\"")]
    [InlineData("[CLS]\n[SEP]\na\n", "{}", "vocab.txt", "lacks \"[UNK]\"")]
    [InlineData("", "{}", "vocab.txt", "is empty")]
    [InlineData("[UNK]\n", "{\"tokenizer_class\": \"GPT2Tokenizer\"}", "tokenizer_config.json", "GPT2Tokenizer")]
    [InlineData("[UNK]\n[CLS]\n[SEP]\n", "{\"never_split\": [\"x\"]}", "tokenizer_config.json", "never_split")]
    [InlineData("[UNK]\n", "{\"do_basic_tokenize\": false}", "tokenizer_config.json", "do_basic_tokenize")]
    public void Load_VocabularyTextOfNoUse_IsRefusedByOneLine(
        string vocabulary, string config, string file, string expected)
    {
        File.WriteAllText(_folder.File("vocab.txt"), vocabulary);
        File.WriteAllText(_folder.File("tokenizer_config.json"), config);
        ExpectRefusal(file, expected);
    }

    [Fact]
    public void Load_VocabularyTextNotUtf8_IsRefusedByOneLine()
    {
        File.WriteAllBytes(_folder.File("vocab.txt"), [.. "[UNK]\n"u8, 0xFF, (byte)'\n']);
        ExpectRefusal("vocab.txt", "not valid UTF-8");
    }

    private static JsonObject SmallTokenizer() => JsonNode.Parse("""
        {
          "added_tokens": [{"id": 0, "content": "[UNK]"}, {"id": 1, "content": "[CLS]"}, {"id": 2, "content": "[SEP]"}],
          "normalizer": {"type": "BertNormalizer", "lowercase": true},
          "pre_tokenizer": {"type": "BertPreTokenizer"},
          "post_processor": {
            "type": "TemplateProcessing",
            "single": [
              {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
              {"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "[SEP]", "type_id": 0}}
            ],
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1]}, "[SEP]": {"id": "[SEP]", "ids": [2]}}
          },
          "model": {
            "type": "WordPiece", "unk_token": "[UNK]",
            "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3, "##b": 4}
          }
        }
        """)!.AsObject();

    private static void Replace(JsonNode json, string path, JsonNode? value)
    {
        var keys = path.Split('.');
        foreach (var key in keys[..^1])
            json = json[key]!;
        json[keys[^1]] = value;
    }

    private void Write(string name, JsonObject json) => File.WriteAllText(_folder.File(name), json.ToJsonString(
        new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    private void ExpectRefusal(string file, string expected)
    {
        var thrown = Assert.Throws<ModelFileException>(() => WordPieceTokenizer.Load(_folder.Path));
        Assert.Equal(_folder.File(file), thrown.FilePath);
        Assert.Contains(expected, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', thrown.Message);
    }
}
