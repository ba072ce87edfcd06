using System.Text;
using FineWebTorch.Fuzz.Engine;
using FineWebTorch.Fuzz.Mutation;
using FineWebTorch.Model;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Fuzz.Targets;

/// <summary>One file of a model folder, the others being as they should be.</summary>
/// <param name="file">The one that strangers write.</param>
/// <param name="others">Names and contents of the others.</param>
internal sealed class ModelFileTarget(
    string file, JsonMutator? json, Action<string> read, params (string Name, string Content)[] others)
    : FuzzTarget
{
    private readonly ByteMutator _bytes = new("\n", "[UNK]\n", "##a\n", "\r\n", "\u00a0");

    public static ModelFileTarget Config() => new(
        "config.json",
        new JsonMutator("""
            hidden_size num_hidden_layers num_attention_heads intermediate_size vocab_size
            max_position_embeddings type_vocab_size layer_norm_eps id2label num_labels problem_type
            architectures model_type hidden_act position_embedding_type quantization_config pruned_heads
            """),
        folder => BertConfig.Load(folder));

    public static ModelFileTarget Tokenizer() => new(
        "tokenizer.json",
        new JsonMutator("""
            version truncation padding added_tokens id content single_word lstrip rstrip normalized special
            normalizer type BertNormalizer clean_text handle_chinese_chars strip_accents lowercase pre_tokenizer
            BertPreTokenizer post_processor TemplateProcessing single special_tokens model WordPiece unk_token
            continuing_subword_prefix max_input_chars_per_word vocab [CLS] [SEP] [UNK] ##a Sequence direction
            """),
        Tokenize);

    public static ModelFileTarget Vocabulary() => new(
        "vocab.txt", null, Tokenize, ("tokenizer_config.json", """{"do_lower_case":true,"model_max_length":16}"""));

    public static ModelFileTarget TokenizerConfig() => new(
        "tokenizer_config.json",
        new JsonMutator("""
            do_lower_case do_basic_tokenize never_split tokenize_chinese_chars strip_accents unk_token cls_token
            sep_token pad_token mask_token model_max_length max_len truncation_side added_tokens_decoder content
            split_special_tokens special 1 5
            """),
        Tokenize, ("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##c\n"));

    public static ModelFileTarget WeightIndex() => new(
        "model.safetensors.index.json",
        new JsonMutator("metadata total_size weight_map x.safetensors ../x.safetensors a"),
        folder => WeightSet.Open(folder).Dispose(),
        // Its header is empty.
        ("x.safetensors", "\u0002\0\0\0\0\0\0\0{}"));

    public override long AllowedBytes(int length) => (8L << 20) + (2000L * length);

    public override void Run(byte[] input)
    {
        foreach (var (other, content) in others)
            File.WriteAllText(Workshop[other], content);
        File.WriteAllBytes(Workshop[file], input);
        read(Workshop.Folder);
    }

    public override bool IsRefusal(Exception exception) => exception is ModelFileException or FileNotFoundException;

    public override byte[] Mutate(byte[] input, byte[] other, Random random) =>
        json?.Mutate(input, other, random) ?? _bytes.Mutate(input, other, random);

    /// <summary>A tokenizer that was taken has to do its work.</summary>
    private static void Tokenize(string folder)
    {
        var tokenizer = WordPieceTokenizer.Load(folder);
        foreach (var text in (string[])["", "a", "Hello, wörld 中文 abc abcabc [CLS] 😀", new string('a', 3000)])
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var ids = new int[bytes.Length + 2];
            var count = tokenizer.Encode(bytes, ids);
            if (count < 2 || count > Math.Min(ids.Length, tokenizer.MaxLength))
                throw new BrokenPromiseException($"{count} ids of a text of {bytes.Length} bytes");
            if (ids.AsSpan(0, count).ContainsAnyExceptInRange(0, tokenizer.VocabularySize - 1))
                throw new BrokenPromiseException("an id that no token has");
        }
    }
}
