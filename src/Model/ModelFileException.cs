namespace FineWebTorch.Model;

/// <summary>
/// A file of a model folder holds what cannot be used. The message is one complete line: the file, what is wrong
/// with it, and what to do.
/// </summary>
public sealed class ModelFileException : IOException
{
    public ModelFileException()
    {
    }

    public ModelFileException(string message) : base(message)
    {
    }

    public ModelFileException(string message, Exception innerException) : base(message, innerException)
    {
    }

    /// <param name="filePath">The file or folder at fault.</param>
    /// <param name="problem">What is wrong and what to do, as it should follow "path: ".</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public ModelFileException(string filePath, string problem, Exception? innerException = null)
        : base($"{filePath}: {problem}", innerException) => FilePath = filePath;

    public string? FilePath { get; }
}
