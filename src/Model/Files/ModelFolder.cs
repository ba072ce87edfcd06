using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Model.Files;

namespace FineWebTorch.Model;

/// <summary>What a file of a model folder is.</summary>
/// <param name="Name">File name within the folder.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record ModelFileDigest(string Name, long Size, string Sha256);

/// <summary>A model folder in Hugging Face's layout: which of its files decide a score, and what they are.</summary>
public static class ModelFolder
{
    internal const string ConfigFile = "config.json";

    private static readonly string[] TokenizerFiles =
        ["added_tokens.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"];

    /// <summary>Says in one line which files a folder lacks to be a classifier; returns where it lacks none.</summary>
    /// <exception cref="FileNotFoundException">The folder or a file in it is missing.</exception>
    public static void Check(string folder)
    {
        CheckTokenizer(folder);
        if (!File.Exists(Path.Combine(folder, WeightFiles.Single))
            && !File.Exists(Path.Combine(folder, WeightFiles.Index)))
            throw Missing(folder, [$"{WeightFiles.Single} (or {WeightFiles.Index} with its shards)"]);
    }

    /// <summary>As <see cref="Check"/>, for those who only tokenize.</summary>
    /// <exception cref="FileNotFoundException">The folder or a file in it is missing.</exception>
    public static void CheckTokenizer(string folder)
    {
        if (!Directory.Exists(folder))
            throw new FileNotFoundException($"{folder}: there is no such model folder", folder);
        var missing = new List<string>();
        if (!File.Exists(Path.Combine(folder, ConfigFile)))
            missing.Add(ConfigFile);
        if (!File.Exists(Path.Combine(folder, "tokenizer.json")) && !File.Exists(Path.Combine(folder, "vocab.txt")))
            missing.Add("tokenizer.json or vocab.txt");
        if (missing.Count > 0)
            throw Missing(folder, missing);
    }

    /// <summary>
    /// Size and SHA-256 of every file that decides a score (config, tokenizer, weights), in ordinal order of names.
    /// </summary>
    /// <exception cref="FileNotFoundException">The folder or a file in it is missing.</exception>
    /// <exception cref="ModelFileException">
    /// The index of a sharded set cannot be used, or a file has no content of its own.
    /// </exception>
    public static IReadOnlyList<ModelFileDigest> Digests(string folder)
    {
        Check(folder);
        var names = TokenizerFiles.Where(name => File.Exists(Path.Combine(folder, name)))
            .Append(ConfigFile)
            .Concat(WeightFiles.Names(folder));
        return [.. names.Order(StringComparer.Ordinal).Select(name => DigestOf(folder, name))];
    }

    /// <summary>One SHA-256 for a whole folder: over a line "name, size, sha256" a file.</summary>
    public static string Digest(IReadOnlyList<ModelFileDigest> files)
    {
        var lines = files.OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name}\t{file.Size}\t{file.Sha256}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    private static ModelFileDigest DigestOf(string folder, string name)
    {
        using var stream = ContentFile.Open(Path.Combine(folder, name));
        return new ModelFileDigest(name, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    private static FileNotFoundException Missing(string folder, IEnumerable<string> names)
    {
        var other = File.Exists(Path.Combine(folder, "pytorch_model.bin"))
            ? "; its pytorch_model.bin cannot be used, save the model with save_pretrained() to get safetensors"
            : "; fetch the whole model folder";
        return new FileNotFoundException($"{folder}: lacks {string.Join(" and ", names)}{other}", folder);
    }
}

/// <summary>
/// A file of a model folder holds what cannot be used. The message is one complete line: the file, what is wrong
/// with it, and what to do.
/// </summary>
public sealed class ModelFileException : IOException
{
    /// <summary>No file is named.</summary>
    public ModelFileException()
    {
    }

    /// <summary>No file is named but in the message.</summary>
    /// <param name="message">One complete line.</param>
    public ModelFileException(string message) : base(message)
    {
    }

    /// <summary>No file is named but in the message.</summary>
    /// <param name="message">One complete line.</param>
    /// <param name="innerException">What was caught.</param>
    public ModelFileException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <summary>Names the file and says what is wrong with it.</summary>
    /// <param name="filePath">The file or folder at fault.</param>
    /// <param name="problem">What is wrong and what to do, as it should follow "path: ".</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public ModelFileException(string filePath, string problem, Exception? innerException = null)
        : base($"{filePath}: {problem}", innerException) => FilePath = filePath;

    /// <summary>The file or folder at fault, where it is known.</summary>
    public string? FilePath { get; }
}
