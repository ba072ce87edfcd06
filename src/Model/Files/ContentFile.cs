namespace FineWebTorch.Model.Files;

/// <summary>Opens the files of a model folder, which strangers may have made.</summary>
internal static class ContentFile
{
    /// <summary>
    /// A file that holds its content. Devices, pipes and links to them are not so much as opened: a pipe lets nobody go on
    /// until somebody writes, and <c>/dev/zero</c> has no end.
    /// </summary>
    /// <exception cref="ModelFileException">It is none, or empty: by its length these are not told apart.</exception>
    public static FileStream Open(string path)
    {
        // The Hub's cache is made of links, whose own length is another.
        var file = File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path);
        return file is { Exists: true, Length: 0 }
            ? throw new ModelFileException(path, "is empty, or a device or pipe; fetch the file again")
            : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }
}
