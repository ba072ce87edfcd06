namespace FineWebTorch.Parquet;

/// <summary>Looks at Parquet files without reading their rows.</summary>
public static class ParquetFile
{
    /// <summary>Reads the footer and checks all that can be checked without reading pages.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ParquetFileException">The file is not Parquet, damaged or not supported.</exception>
    public static ParquetFileInfo Inspect(string path) => throw new NotImplementedException(path);
}
